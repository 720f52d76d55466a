"""Checkpoints: when they are made, over what, and when the guard keeps one from being made."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from monitorgen_exporters.audit import issuing
from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.guard import GuardRefusal
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.note import open_note
from monitorgen_exporters.audit.record import new_record
from monitorgen_exporters.audit.store import open_store
from tests.support.audit_writer import signer
from tests.support.postgres import Cluster
from tests.support.tampering import disarm
from tests.support.waiting import wait_until
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


@pytest.fixture
def seldom(tmp_path: Path) -> Signer:
    """Who signs a checkpoint only when one is asked for."""
    return replace(signer(tmp_path), seconds=1e9, records=10**9)


def sizes(url: str) -> list[int]:
    with open_store(url, readonly=True) as store:
        return [size for (size,) in store.query("SELECT size FROM audit_checkpoint ORDER BY size")]


def add(log: AuditLog, count: int) -> None:
    log.append_many(new_record("a.b", "a:b", f"n:{number}") for number in range(count))


def test_every_so_many_records(log_url: str, seldom: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "_APART", 0.0)
    often = replace(seldom, records=100)
    with AuditLog.create(log_url, origin=ORIGIN, signer=often, background=False) as log:
        for _ in range(25):
            add(log, 10)
        assert sizes(log_url) == [101, 201]
    assert sizes(log_url) == [101, 201, 251]
    check_whole(log_url)


def test_never_more_than_some_in_a_second(
    log_url: str, seldom: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("monitorgen_exporters.audit.issuing.monotonic", lambda: clock[0])
    often = replace(seldom, records=10)
    with AuditLog.create(log_url, origin=ORIGIN, signer=often, background=False) as log:
        for moment in (0.0, 0.1, 0.2, 0.3, 0.4, 0.6):
            clock[0] = 1000.0 + moment
            add(log, 10)
    assert sizes(log_url) == [11, 41, 61]


def test_some_time_after_it_has_grown(log_url: str, seldom: Signer) -> None:
    with AuditLog.create(log_url, origin=ORIGIN, signer=replace(seldom, seconds=0.1)) as log:
        wait_until(lambda: sizes(log_url) == [1])
        add(log, 5)
        wait_until(lambda: sizes(log_url) == [1, 6])
    assert sizes(log_url) == [1, 6]  # nothing was added since, so closing makes none


def test_when_asked_and_signed_by_the_key(log_url: str, seldom: Signer) -> None:
    with AuditLog.create(log_url, origin=ORIGIN, signer=seldom, background=False) as log:
        add(log, 300)
        note = log.checkpoint()
        assert note is not None
        assert log.checkpoint() == note
        root = log.root
    opened = open_note(note, [key.verifier for key in seldom.keys])
    assert opened.text == f"{ORIGIN}\n301\n{opened.text.splitlines()[2]}\n"
    assert claimed_checkpoint(note).root == root
    assert sizes(log_url) == [301]


def test_the_outbox_gets_each(log_url: str, seldom: Signer) -> None:
    told = replace(seldom, anchors=("git", "prometheus"))
    with AuditLog.create(log_url, origin=ORIGIN, signer=told, background=False) as log:
        log.checkpoint()
        add(log, 3)
    with open_store(log_url, readonly=True) as store:
        found = store.query("SELECT anchor, size, attempts, done_ts FROM audit_outbox ORDER BY size, anchor")
    assert found == [(anchor, size, 0, None) for size in (1, 4) for anchor in ("git", "prometheus")]


def test_without_a_signer_nothing_is_sealed(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        assert log.checkpoint() is None
    assert sizes(log_url) == []


def test_a_signature_that_was_not_kept_is_made_good(log_url: str, seldom: Signer) -> None:
    """The process ended after the guard had its promise on disk, before the database had the checkpoint."""
    with AuditLog.create(log_url, origin=ORIGIN, signer=seldom, background=False) as log:
        log.checkpoint()
    with open_store(log_url) as store:
        store.execute("DELETE FROM audit_checkpoint")
    with AuditLog.open(log_url, signer=seldom, background=False) as log:
        add(log, 2)
        log.checkpoint()
    assert sizes(log_url) == [3]


def test_a_database_that_was_rolled_back_is_not_added_to(
    sqlite_url: str, tmp_path: Path, seldom: Signer
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with AuditLog.create(sqlite_url, origin=ORIGIN, signer=seldom, background=False) as log:
        add(log, 10)
    shutil.copy(file, tmp_path / "backup.db")
    with AuditLog.open(sqlite_url, signer=seldom, background=False) as log:
        add(log, 10)
    shutil.copy(tmp_path / "backup.db", file)
    with pytest.raises(GuardRefusal, match=r"size 21, .* 11 records: it was rolled back"):
        AuditLog.open(sqlite_url, signer=seldom)


def test_a_postgres_that_was_rolled_back(postgres: Cluster, seldom: Signer) -> None:
    url = postgres.database()
    name = f"test{postgres.databases}"
    with AuditLog.create(url, origin=ORIGIN, signer=seldom, background=False) as log:
        add(log, 10)
    wait_until(lambda: (name,) not in postgres.run("SELECT datname FROM pg_stat_activity"))
    postgres.run(f"CREATE DATABASE old_{name} TEMPLATE {name}")
    with AuditLog.open(url, signer=seldom, background=False) as log:
        add(log, 1)
    with pytest.raises(GuardRefusal, match="rolled back"):
        AuditLog.open(postgres.url(f"old_{name}"), signer=seldom)


def test_a_past_that_was_changed_is_not_signed_again(log_url: str, seldom: Signer) -> None:
    with AuditLog.create(log_url, origin=ORIGIN, signer=seldom, background=False) as log:
        add(log, 600)
    with open_store(log_url) as store:
        disarm(store)
        # Deep in the past: what recovery looks at stays consistent, but the root of that time is another.
        store.execute(
            "UPDATE audit_node SET hash = (SELECT leaf FROM audit_record WHERE pos = 1) WHERE level = 9"
        )
    with pytest.raises((GuardRefusal, OSError), match="changed"):
        AuditLog.open(log_url, signer=seldom)


def test_a_guard_file_that_was_lost_is_noticed(log_url: str, seldom: Signer) -> None:
    AuditLog.create(log_url, origin=ORIGIN, signer=seldom, background=False).close()
    seldom.guard.path.unlink()
    with pytest.raises(GuardRefusal, match="does not know"):
        AuditLog.open(log_url, signer=seldom)


def test_a_guard_that_fails_stops_no_record(log_url: str, seldom: Signer) -> None:
    often = replace(seldom, records=1)
    with AuditLog.create(log_url, origin=ORIGIN, signer=often, background=False) as log:
        guard = seldom.guard.path
        kept = guard.read_bytes()
        guard.write_bytes(b"{}")
        add(log, 5)
        trouble = log.status().trouble
        assert trouble is not None
        assert "guard" in trouble
        assert log.size == 6
        guard.write_bytes(kept)
        log.checkpoint()
    assert sizes(log_url)[-1] == 6


def test_two_processes_may_sign(log_url: str, seldom: Signer) -> None:
    with (
        AuditLog.create(log_url, origin=ORIGIN, signer=seldom, background=False) as log,
        AuditLog.open(log_url, signer=seldom, background=False) as other,
    ):
        for _ in range(3):
            add(log, 2)
            assert other.checkpoint() == log.checkpoint()
    assert sizes(log_url) == [3, 5, 7]
