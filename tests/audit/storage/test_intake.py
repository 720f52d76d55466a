"""Records that come through the intake: within a caller's own transaction, and beside a busy sequencer."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from monitorgen_exporters.audit.entry import IdTaken, new_entry
from monitorgen_exporters.audit.intake import append_in, append_to, waiting
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.personal import values_of
from monitorgen_exporters.audit.record import Record, new_record
from monitorgen_exporters.audit.store import open_store
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


def record(number: int, *, id: str | None = None) -> Record:
    return new_record("episode.opened", "system:test", f"episode:{number}", {"number": number}, id=id)


@contextmanager
def callers_connection(url: str) -> Iterator[Any]:
    """A connection as a program with tables of its own has it, with settings that are not ours."""
    if url.startswith("sqlite"):
        lite = sqlite3.connect(url.removeprefix("sqlite:///"))
        lite.row_factory = lambda _, row: {"named": row}
        with closing(lite):
            yield lite
    else:
        with closing(psycopg.connect(url, row_factory=psycopg.rows.dict_row)) as connection:
            yield connection


@pytest.fixture
def log(log_url: str) -> Iterator[AuditLog]:
    with AuditLog.create(log_url, origin=ORIGIN, background=False) as made:
        yield made


def test_a_change_and_its_record_are_kept_together(log_url: str, log: AuditLog) -> None:
    with callers_connection(log_url) as connection:
        connection.execute("CREATE TABLE episode (number INTEGER)")
        connection.execute("INSERT INTO episode VALUES (1)")
        ids = append_in(connection, [record(1), record(2)])
        log.tend()
        assert log.size == 1  # nobody sees what is not committed
        connection.commit()
    log.tend()
    assert check_whole(log_url)[1:] == ids


def test_a_rollback_leaves_neither(log_url: str, log: AuditLog) -> None:
    with callers_connection(log_url) as connection:
        append_in(connection, [new_entry(type="a.b", actor="a:b", subject="a:b", personal={"ip": "::1"})])
        connection.rollback()
    log.tend()
    assert len(check_whole(log_url)) == 1
    with open_store(log_url, readonly=True) as store:
        assert waiting(store).count == 0
        assert store.query("SELECT count(*) FROM audit_personal") == [(0,)]


def test_the_same_id_again_changes_nothing(log_url: str, log: AuditLog) -> None:
    first = record(1)
    with callers_connection(log_url) as connection:
        append_in(connection, [first, first])
        append_in(connection, [record(1, id=first.id)])  # later, so with another time
        connection.commit()
        log.tend()
        append_in(connection, [record(1, id=first.id)])  # now that it has its place
        connection.commit()
    log.tend()
    assert check_whole(log_url)[1:] == [first.id]


@pytest.mark.parametrize("drained", [False, True])
def test_an_id_of_another_record_is_refused(log_url: str, log: AuditLog, drained: bool) -> None:
    first = record(1)
    with callers_connection(log_url) as connection:
        append_in(connection, [first])
        connection.commit()
        if drained:
            log.tend()
        with pytest.raises(IdTaken):
            append_in(connection, [record(2, id=first.id)])
        connection.rollback()
    log.tend()
    assert check_whole(log_url)[1:] == [first.id]


def test_an_id_may_have_come_both_ways(log_url: str, log: AuditLog) -> None:
    same = record(1)
    with open_store(log_url) as other:
        append_to(other, [same, record(2)])
    log.append_many([same])
    log.tend()
    assert check_whole(log_url).count(same.id) == 1
    assert log.status().waiting == 0
    assert log.size == 3


def test_another_process_hands_its_records_over(log_url: str, log: AuditLog) -> None:
    with AuditLog.open(log_url, background=False) as other:
        assert not other.status().sequencing
        ids = other.append_many(record(number) for number in range(1200))
        ids.append(other.append(type="a.b", actor="a:b", subject="a:b", personal={"name": "Älice"}))
        status = log.status()
        assert (status.waiting, status.size) == (1201, 1)
        assert status.waiting_since is not None
        log.tend()
        assert other.size == 1202
    assert log.status().waiting == 0
    assert check_whole(log_url)[1:] == ids
    with open_store(log_url, readonly=True) as store:
        assert values_of(store, [ids[-1]]) == {ids[-1]: {"name": "Älice"}}


def test_whoever_is_left_takes_over(log_url: str) -> None:
    first = AuditLog.create(log_url, origin=ORIGIN, background=False)
    with AuditLog.open(log_url, background=False) as other:
        waiting_id = other.append(type="a.b", actor="a:b", subject="a:b")
        assert not other.status().sequencing
        first.close()
        other.tend()
        assert other.status().sequencing
        own = other.append(type="a.b", actor="a:b", subject="a:b")
    assert check_whole(log_url)[1:] == [waiting_id, own]


def test_what_is_no_record_is_recorded_as_such(log_url: str, log: AuditLog) -> None:
    good = record(1)
    with open_store(log_url) as other:
        rows: list[tuple[str, str, bytes]] = [
            ("not-json", "2026", b"\xff\xfe"),
            ("not-canonical", "2026", b'{ "v": 1 }'),
            ("another-id", "2026", record(2).body),
        ]
        other.insert("audit_intake", rows)
        append_to(other, [good])
    log.tend()
    assert log.status().waiting == 0
    assert good.id in check_whole(log_url)
    with open_store(log_url, readonly=True) as store:
        found = store.query("SELECT count(*) FROM audit_record WHERE type = ?", ["log.refused"])
        assert found == [(3,)]


def test_a_smaller_number_may_be_committed_later(postgres_url: str) -> None:
    with (
        AuditLog.create(postgres_url, origin=ORIGIN, background=False) as log,
        callers_connection(postgres_url) as slow,
        callers_connection(postgres_url) as quick,
    ):
        (early,) = append_in(slow, [record(1)])  # takes the smaller number
        (late,) = append_in(quick, [record(2)])
        quick.commit()
        log.tend()
        slow.commit()
        log.tend()
    assert check_whole(postgres_url)[1:] == [late, early]
