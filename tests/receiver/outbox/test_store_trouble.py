"""A database that refuses, is full, is locked or goes away: no effect is lost, none is done twice."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from threading import Event
from typing import Any

import pytest

from monitorgen_exporters.audit.store.errors import Full, Gone, Locked
from monitorgen_exporters.receiver.effects.kind import Outcome
from monitorgen_exporters.receiver.effects.runner import Runner, Timing
from monitorgen_exporters.receiver.work import Work
from tests.support.effect_scene import RealClock
from tests.support.effects import ACTION, HOOK, FakeKind, all_effects, plan, recorded
from tests.support.episodes import Desk, receiver_settings
from tests.support.postgres import Cluster, run_postgres
from tests.support.waiting import wait_until

EFFECTS = 12


@contextmanager
def desk_at(url: str) -> Iterator[Desk]:
    """A desk with effects that wait, none of which may be done twice."""
    settings = receiver_settings(
        notifications={"hook": HOOK, "pager": HOOK},
        actions={"restart": {**ACTION, "concurrency": 4, "rate": {"per": "1h", "at_most": 1000}}},
        unknown_notify=["pager"],
    )
    with Desk(url, settings, clock=RealClock()) as desk:  # type: ignore[arg-type]
        episode = desk.opened()
        for number in range(EFFECTS):
            plan(desk, f"{number}", episode, kind="command", name="restart", target=f"{number}")
        yield desk


@contextmanager
def running(desk: Desk, kind: FakeKind) -> Iterator[Runner]:
    """A runner at work, whose leases are so long that nothing can wait for their end."""
    runner = Runner(desk.database, desk.settings, [kind], timing=Timing(lease=100_000.0, poll=0.05))
    runner.start()
    try:
        yield runner
    finally:
        for gate in kind.gates.values():
            gate.set()
        runner.stop()


def all_are_done(desk: Desk) -> bool:
    """Whether each effect has been done."""
    return {each.state for each in all_effects(desk).values()} == {"done"}


def check_once(desk: Desk, kind: FakeKind) -> None:
    """Each was begun once and has its one event."""
    assert Counter(kind.began) == Counter(f"{number}" for number in range(EFFECTS))
    assert Counter(data["effect"] for data in recorded(desk)) == Counter(
        each.id for each in all_effects(desk).values()
    )


def locked(write: Callable[[], Any]) -> Iterator[Work]:
    """Nothing is even begun."""
    del write
    raise Locked("Another process is writing.")
    yield  # pragma: no cover


def full(write: Callable[[], Any]) -> Iterator[Work]:
    """There is no room when it is to be committed."""
    with write() as work:
        yield work
        raise Full("There is no room left.")


def gone(write: Callable[[], Any]) -> Iterator[Work]:
    """It is committed, and nobody learns of that."""
    with write() as work:
        yield work
    raise Gone("The connection went away.")


@pytest.mark.parametrize("trouble", [locked, full, gone], ids=["locked", "full", "gone"])
def test_many_transactions_fail(
    log_url: str, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[Callable[[], Any]], Iterator[Work]]
) -> None:
    kind = FakeKind("command", repeatable=False)
    with desk_at(log_url) as desk:
        write, failing, chance = desk.database.write, contextmanager(trouble), Random(11)  # noqa: S311
        monkeypatch.setattr(
            desk.database, "write", lambda: failing(write) if chance.random() < 0.4 else write()
        )
        with running(desk, kind) as runner:
            wait_until(lambda: all_are_done(desk), 300)
        assert runner.counts.store_errors > 0
        check_once(desk, kind)


def test_a_database_without_room(sqlite_url: str) -> None:
    long = Outcome("done", "", {"answer": "x" * 20_000})
    kind = FakeKind("command", repeatable=False, answers=[long] * EFFECTS)
    with desk_at(sqlite_url) as desk:
        _pragma(desk, "max_page_count = 1")  # no less than there are, and not one more
        with running(desk, kind) as runner:
            wait_until(lambda: runner.counts.store_errors > 3)
            assert not all_are_done(desk)
            _pragma(desk, "max_page_count = 1000000")
            wait_until(lambda: all_are_done(desk), 300)
        check_once(desk, kind)


def test_a_database_that_another_process_holds(sqlite_url: str) -> None:
    kind = FakeKind("command", repeatable=False)
    with desk_at(sqlite_url) as desk:
        _pragma(desk, "busy_timeout = 20")
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with running(desk, kind) as runner:
            wait_until(lambda: runner.counts.store_errors > 3)
            assert kind.began == []
            other.execute("ROLLBACK")
            other.close()
            wait_until(lambda: all_are_done(desk), 300)
        check_once(desk, kind)


def test_a_server_that_goes_away_and_comes_back(postgres: Cluster) -> None:
    gate = Event()
    kind = FakeKind("command", repeatable=False, gates={"restart": gate})
    with run_postgres(postgres.bin) as cluster, desk_at(cluster.database()) as desk:
        with running(desk, kind) as runner:
            wait_until(lambda: len(kind.began) == 4)
            cluster.crash()
            gate.set()
            wait_until(lambda: runner.counts.store_errors > 4)
            cluster.start()
            wait_until(lambda: _answers(desk) and all_are_done(desk), 300)
        check_once(desk, kind)


def _answers(desk: Desk) -> bool:
    try:
        desk.query("SELECT 1")
    except Gone:
        return False
    return True


def _pragma(desk: Desk, said: str) -> None:
    with desk.database.log.transaction() as (store, _):
        store.query(f"PRAGMA {said}")
