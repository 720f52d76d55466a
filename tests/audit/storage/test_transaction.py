"""A program's own tables and its records in one transaction of the log: both are kept, or neither is."""

from collections.abc import Callable, Iterator

import pytest

from monitorgen_exporters.audit.entry import Entry, new_entry
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import BadRecord
from monitorgen_exporters.audit.store import Store, open_store
from monitorgen_exporters.audit.store.errors import Gone
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


def entry(number: int, type: str = "episode.opened") -> Entry:
    return new_entry(type=type, actor="system:test", subject=f"episode:{number}", data={"number": number})


@pytest.fixture
def log(log_url: str) -> Iterator[AuditLog]:
    with AuditLog.create(log_url, origin=ORIGIN, background=False) as made:
        with made.transaction() as (store, _):
            store.execute("CREATE TABLE episode (number BIGINT)")
        yield made


def numbers(url: str) -> list[int]:
    with open_store(url, readonly=True) as store:
        return [number for (number,) in store.query("SELECT number FROM episode ORDER BY number")]


def change(
    log: AuditLog, *made: int, type: str = "episode.opened", then: Callable[[Store], object] = bool
) -> list[str]:
    with log.transaction() as (store, entries):
        for number in made:
            store.execute("INSERT INTO episode VALUES (?)", [number])
            entries.append(entry(number, type))
        then(store)
    return [each.record.id for each in entries]


def fault(_: Store) -> None:
    raise RuntimeError("in between")


def test_both_are_kept(log_url: str, log: AuditLog) -> None:
    ids = change(log, 1, 2)
    ids += change(log, 3)
    assert check_whole(log_url)[1:] == ids
    assert numbers(log_url) == [1, 2, 3]


def test_neither_is_kept_after_a_fault(log_url: str, log: AuditLog) -> None:
    with pytest.raises(RuntimeError, match="in between"):
        change(log, 1, then=fault)
    assert numbers(log_url) == []
    ids = change(log, 2)
    assert check_whole(log_url)[1:] == ids


def test_what_the_log_says_of_itself_is_refused(log_url: str, log: AuditLog) -> None:
    with pytest.raises(BadRecord, match="for the log itself"):
        change(log, 1, type="log.pruned")
    assert numbers(log_url) == []
    assert len(check_whole(log_url)) == 1


def test_beside_the_sequencer_it_goes_through_the_intake(log_url: str, log: AuditLog) -> None:
    with AuditLog.open(log_url, background=False) as other:
        ids = change(other, 7)
        with pytest.raises(RuntimeError, match="in between"):
            change(other, 8, then=fault)
        assert numbers(log_url) == [7]
        assert len(check_whole(log_url)) == 1
        log.tend()
    assert check_whole(log_url)[1:] == ids


def test_a_lost_connection_is_told_and_made_anew(log_url: str, log: AuditLog) -> None:
    def disconnect(store: Store) -> None:
        store.close()
        store.query("SELECT 1")

    with pytest.raises(Gone):
        change(log, 1, then=disconnect)
    assert numbers(log_url) == []
    ids = change(log, 2)
    assert numbers(log_url) == [2]
    assert check_whole(log_url)[1:] == ids
