"""The way in: every delivery gets one answer, whatever else comes with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event

import pytest

from monitorgen_exporters.receiver import ingest as module
from monitorgen_exporters.receiver.ingest import Delivery, Ingest, Verdict
from monitorgen_exporters.receiver.payload import BadPayload
from tests.support.episodes import Desk
from tests.support.running import delivery
from tests.support.waiting import wait_until

BAD = Delivery("eu1", "", b"none")


def good(name: str) -> Delivery:
    return Delivery("eu1", "", delivery({"alertname": name}))


@contextmanager
def running(desk: Desk, written: list[int] | None = None) -> Iterator[Ingest]:
    """The way into a desk's database, which ends with the block; `written` gets the alerts of each commit."""
    commits = [] if written is None else written
    ingest = Ingest(desk.database, lambda applied, _: commits.append(applied.alerts))
    ingest.start()
    try:
        yield ingest
    finally:
        ingest.stop()


def waits_for(desk: Desk) -> bool:
    """Whether what came is read, and waits for the database that the test holds."""
    return bool(desk.database.log._writer.lock._waiting)


def names(desk: Desk) -> set[str]:
    return {name for (name,) in desk.query("SELECT alertname FROM receiver_episode")}


def test_what_cannot_be_read_keeps_nothing_out(desk: Desk) -> None:
    said: dict[str, SimpleQueue[Verdict]] = {name: SimpleQueue() for name in ("one", "bad", "two")}
    with running(desk) as ingest:
        with desk.database.write():  # so that they come together
            ingest.take(good("one"), said["one"].put)
            ingest.take(BAD, said["bad"].put)
            ingest.take(good("two"), said["two"].put)
        found = {name: answers.get(timeout=120) for name, answers in said.items()}
    assert (found["one"], found["two"]) == ("kept", "kept")
    assert isinstance(found["bad"], BadPayload)
    assert all(answers.empty() for answers in said.values())
    assert names(desk) == {"one", "two"}


def test_who_sends_what_cannot_be_read_again_and_again_keeps_nobody_waiting(desk: Desk) -> None:
    ended = Event()
    answered: SimpleQueue[Verdict] = SimpleQueue()
    with running(desk) as ingest:

        def again(_: Verdict) -> None:
            if not ended.is_set():
                ingest.take(BAD, again)

        try:
            with desk.database.write():
                ingest.take(good("one"), answered.put)
                ingest.take(BAD, again)
            assert answered.get(timeout=120) == "kept"
        finally:
            ended.set()


def test_more_than_is_kept_waiting_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 3 * len(good("a1").body))
    answered: SimpleQueue[tuple[str, Verdict]] = SimpleQueue()

    def take(name: str) -> None:
        ingest.take(good(name), lambda verdict: answered.put((name, verdict)))

    with running(desk) as ingest:
        with desk.database.write():
            take("a0")
            wait_until(lambda: waits_for(desk))
            for number in range(1, 6):
                take(f"a{number}")
            refused = {answered.get(timeout=120) for _ in range(2)}
        kept = {answered.get(timeout=120) for _ in range(4)}
    assert refused == {("a4", "refused"), ("a5", "refused")}
    assert kept == {(f"a{number}", "kept") for number in range(4)}
    assert names(desk) == {"a0", "a1", "a2", "a3"}


@pytest.mark.parametrize("bound", ["_TOGETHER", "_READ_BYTES", "_READ"])
def test_a_transaction_is_bounded(bound: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    several = {"_TOGETHER": 2, "_READ_BYTES": len(good("a1").body) + 1, "_READ": 2}
    monkeypatch.setattr(module, bound, several[bound])
    answered: SimpleQueue[Verdict] = SimpleQueue()
    written: list[int] = []
    with running(desk, written) as ingest:
        with desk.database.write():
            ingest.take(good("a0"), answered.put)
            wait_until(lambda: waits_for(desk))
            for number in range(1, 6):
                ingest.take(good(f"a{number}"), answered.put)
        assert [answered.get(timeout=120) for _ in range(6)] == ["kept"] * 6
    assert written == [1, 2, 2, 1]
    assert names(desk) == {f"a{number}" for number in range(6)}


def test_nothing_is_taken_after_the_end(desk: Desk) -> None:
    answered: SimpleQueue[Verdict] = SimpleQueue()
    with running(desk) as ingest:
        ingest.take(good("one"), answered.put)
    assert answered.get(timeout=0) == "kept"
    ingest.take(good("two"), answered.put)
    assert answered.get(timeout=0) == "refused"
    assert names(desk) == {"one"}
