"""Nobody waits without end: not for other writers, not for the guard, not for a thread that never stops."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from monitorgen_exporters.audit.fair_lock import FairLock
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.intake import append_to
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import Record, new_record
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.store import open_store
from tests.support.audit_writer import signer
from tests.support.waiting import wait_until
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


def record(number: int) -> Record:
    return new_record("a.b", "a:b", f"n:{number}")


@contextmanager
def held(guard: Guard) -> Iterator[None]:
    """As by a process that was stopped while it was signing."""
    with Path(f"{guard.path}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def followed(log_url: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whenever the sequencer has moved what waits, another process has handed it one record more."""
    drained: list[int] = []
    plain = Sequencer.drain

    def drain(self: Sequencer) -> int:
        moved = plain(self)
        drained.append(moved)
        assert len(drained) < 1000, "draining goes on for ever"
        with open_store(log_url) as other:
            append_to(other, [record(len(drained))])
        return moved

    monkeypatch.setattr(Sequencer, "drain", drain)
    return drained


def test_an_intake_that_is_never_empty(log_url: str, followed: list[int]) -> None:
    with AuditLog.create(log_url, origin=ORIGIN, background=False) as log:
        for turn in range(1, 4):
            with open_store(log_url) as other:
                append_to(other, [record(1000 + turn)])
            log.tend()
            assert len(followed) == turn
        log.checkpoint()
        assert log.append(type="a.b", actor="a:b", subject="a:b")
    assert len(followed) == 5  # and closing has moved what waited, once
    assert sum(followed) == len(check_whole(log_url)) - 2


def test_a_guard_that_another_process_holds_stops_no_record(log_url: str, tmp_path: Path) -> None:
    often = replace(signer(tmp_path), records=1, seconds=1e9)
    with AuditLog.create(log_url, origin=ORIGIN, signer=often) as log:
        with held(often.guard):
            log.append(type="a.b", actor="a:b", subject="a:b")
            wait_until(lambda: log._sealing.locked())  # it waits for the guard now
            for number in range(20):
                log.append_many([record(number)])
                assert log.size == 1 + 1 + number + 1
            wait_until(lambda: "lock of" in (log.status().trouble or ""))
        log.checkpoint()
        assert log.status().trouble is None
    check_whole(log_url)


def test_a_lock_is_had_in_the_order_it_was_asked_for() -> None:
    lock, order = FairLock(), []

    def take(number: int) -> None:
        with lock:
            order.append(number)

    lock.acquire()
    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(lock._waiting) <= number:
            pass
    lock.release()
    with lock:  # asked for after all the others, so had after them
        assert order == list(range(20))
    for thread in threads:
        thread.join()


def test_whoever_has_the_write_lock_needs_no_turn(sqlite_url: str) -> None:
    """A turn is held by those who wait for the write lock, so its holder must never wait for a turn."""
    AuditLog.create(sqlite_url, origin=ORIGIN, background=False).close()
    path = sqlite_url.removeprefix("sqlite:///")
    with open_store(sqlite_url) as store, Path(f"{path}-turn").open("wb") as turn:
        with store.transaction():
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)  # free again, as the write lock is had
            store.execute("INSERT INTO audit_meta (key, value) VALUES (?, ?)", ("a", "b"))
        assert store.query("SELECT value FROM audit_meta WHERE key = ?", ["a"]) == [("b",)]


def test_a_surprise_in_the_background_is_told(log_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def surprise(_: Sequencer) -> int:
        raise ValueError("nobody thought of this")

    with AuditLog.create(log_url, origin=ORIGIN) as log:
        with open_store(log_url) as other:
            append_to(other, [record(1)])
        with monkeypatch.context() as patch:
            patch.setattr(Sequencer, "drain", surprise)
            wait_until(lambda: log.status().trouble == "ValueError: nobody thought of this")
        wait_until(lambda: log.status().trouble is None)
        wait_until(lambda: log.size == 2)
    check_whole(log_url)


def test_a_surprise_while_sealing_is_told_and_the_record_is_kept(
    log_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_: object, **__: object) -> bytes:
        raise ValueError("nobody thought of this")

    often = replace(signer(tmp_path), records=1)
    with AuditLog.create(log_url, origin=ORIGIN, signer=often, background=False) as log:
        with monkeypatch.context() as patch:
            patch.setattr(Guard, "sign", surprise)
            log.append_many([record(1)])
            assert log.status().trouble == "ValueError: nobody thought of this"
        log.checkpoint()
        assert log.status().trouble is None
    assert len(check_whole(log_url)) == 2
