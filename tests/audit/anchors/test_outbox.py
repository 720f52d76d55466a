"""The outbox on both databases: what is due, what a failure does, and that nothing is lost on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitorgen_exporters.audit.anchors.base import (
    AnchorBehindError,
    AnchorConflictError,
    AnchorError,
    Sighting,
    Unusable,
)
from monitorgen_exporters.audit.anchors.outbox import Delivery, deliver
from monitorgen_exporters.audit.anchors.planning import Fed
from monitorgen_exporters.audit.anchors.status import AnchorStatus, read_status
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.note import COSIGNATURE_V1, SigningKey, open_note, signature_line
from monitorgen_exporters.audit.store import Store, StoreError, create_store
from monitorgen_exporters.audit.store.errors import Gone
from tests.support.audit_history import ORIGIN, History

HISTORY = History(2000)
START = datetime(2026, 1, 1, tzinfo=UTC)
WITNESSES = [SigningKey(f"witness.example/w{n}", bytes(31) + bytes((n,)), COSIGNATURE_V1) for n in (1, 2)]


class Place:
    """An anchor that keeps what it is sent, unless `trouble` says otherwise."""

    name = "place"
    place = "somewhere"

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.trouble: Exception | None = None
        self.lines: list[bytes] = []

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        assert open_note(note, (HISTORY.key.verifier,)).text == checkpoint.text
        if self.trouble:
            raise self.trouble
        self.sizes.append(checkpoint.size)
        return b"".join(self.lines)

    def recorded(self) -> list[Sighting | Unusable]:
        return []


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def store(log_url: str) -> Iterator[Store]:
    """A log without records, to which checkpoints are added by hand."""
    with create_store(log_url, ORIGIN) as found:
        yield found


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def seal(store: Store, clock: Clock, *sizes: int, history: History = HISTORY) -> None:
    """Keeps checkpoints and gives them to the outbox, as the log does."""
    for size in sizes:
        note, root, at = history.note(size), history.checkpoint(size).root, text(clock.time)
        with store.transaction():
            store.insert("audit_checkpoint", [(history.origin, size, root, note, at)])
            store.insert("audit_outbox", [("place", history.origin, size, note, 0, at, None, None)])


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def status(store: Store, place: Place) -> AnchorStatus:
    """What is known of the anchor."""
    (found,) = read_status(store, [Fed(place)]).anchors
    return found


def pump(
    store: Store, place: Place, clock: Clock, *, every: float = 0, at_once: bool = False
) -> list[Delivery]:
    """One round."""
    fed = Fed(place, timedelta(seconds=every))
    return deliver(store, fed, at_once=at_once, now=clock)


def test_the_newest_is_delivered_and_the_others_with_it(store: Store, place: Place, clock: Clock) -> None:
    assert pump(store, place, clock) == []
    seal(store, clock, 3, 5, 9)
    assert status(store, place).waiting == 3
    assert pump(store, place, clock) == [Delivery("place", ORIGIN, 9)]
    assert place.sizes == [9]
    assert pump(store, place, clock) == []
    found = status(store, place)
    assert (found.holds, found.told, found.waiting, found.since, found.error) == (9, START, 0, None, "")


def test_rows_do_not_pile_up(store: Store, place: Place, clock: Clock) -> None:
    for size in range(1, 30):
        seal(store, clock, size)
        pump(store, place, clock)
    assert store.query("SELECT COUNT(*) FROM audit_outbox") == [(1,)]
    assert store.query("SELECT COUNT(*) FROM audit_checkpoint") == [(29,)]


def test_it_keeps_its_interval(store: Store, place: Place, clock: Clock) -> None:
    for minute in range(121):
        clock.time = START + timedelta(minutes=minute)
        seal(store, clock, minute + 1)
        pump(store, place, clock, every=3600)
    assert place.sizes == [1, 61, 121]
    seal(store, clock, 200)
    assert pump(store, place, clock, every=3600) == []
    assert status(store, place).since == clock.time
    assert pump(store, place, clock, every=3600, at_once=True) == [Delivery("place", ORIGIN, 200)]


def test_a_failure_waits_longer_and_longer(store: Store, place: Place, clock: Clock) -> None:
    place.trouble = AnchorError("the network is down")
    seal(store, clock, 1)
    tried = []
    for second in range(3600):
        clock.time = START + timedelta(seconds=second)
        if second % 10 == 0:
            seal(store, clock, 2 + second // 10)  # the log goes on, which is no reason to try more often
        if pump(store, place, clock):
            tried.append(second)
    assert tried == [0, 5, 15, 35, 75, 155, 315, 635, 1235, 1835, 2435, 3035]
    found = status(store, place)
    assert (found.attempts, found.error, found.conflict) == (12, "the network is down", False)
    assert found.since == START
    place.trouble = None
    clock.time += timedelta(minutes=10)
    assert [one.error for one in pump(store, place, clock)] == [""]
    found = status(store, place)
    assert (found.attempts, found.error, found.waiting) == (0, "", 0)


def test_a_conflict_is_marked(store: Store, place: Place, clock: Clock) -> None:
    place.trouble = AnchorConflictError("another root")
    seal(store, clock, 5)
    assert "another root" in pump(store, place, clock)[0].error
    found = status(store, place)
    assert (found.conflict, found.error) == (True, "another root")


def test_an_anchor_that_lags_confirms_what_it_has(store: Store, place: Place, clock: Clock) -> None:
    seal(store, clock, 3, 5, 9)
    place.trouble = AnchorBehindError("not scraped yet", 5)
    pump(store, place, clock)
    found = status(store, place)
    assert (found.holds, found.waiting, found.error) == (5, 1, "not scraped yet")
    place.trouble = AnchorBehindError("not scraped yet", 7)  # a size the outbox does not have
    seal(store, clock, 12)
    clock.time += timedelta(seconds=10)
    pump(store, place, clock)
    assert (status(store, place).holds, status(store, place).waiting) == (5, 2)
    place.trouble = None
    for _ in range(20):
        clock.time += timedelta(seconds=10)
        pump(store, place, clock)
    assert (place.sizes, status(store, place).holds) == ([12], 12)


def test_incarnations_are_delivered_each(store: Store, place: Place, clock: Clock) -> None:
    old = History(7, origin="acme/audit/monitoring/0", key=HISTORY.key)
    seal(store, clock, 7, history=old)
    seal(store, clock, 2)
    assert [(one.origin, one.size) for one in pump(store, place, clock)] == [(old.origin, 7), (ORIGIN, 2)]


def test_a_mistake_in_an_anchor_is_a_failure_like_any(
    store: Store, place: Place, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    place.trouble = ZeroDivisionError("oops")
    seal(store, clock, 3)
    assert pump(store, place, clock)[0].error == "ZeroDivisionError: oops"
    assert "a mistake in the anchor place" in caplog.text
    place.trouble = Gone("the log is gone")
    with pytest.raises(StoreError):
        pump(store, place, clock, at_once=True)


def test_a_damaged_row_is_told(store: Store, place: Place, clock: Clock) -> None:
    seal(store, clock, 3)
    store.execute("UPDATE audit_outbox SET note = ?", (b"no note",))
    assert "no empty line" in pump(store, place, clock)[0].error
    assert place.sizes == []


def test_cosignatures_are_kept_with_the_checkpoint(store: Store, place: Place, clock: Clock) -> None:
    seal(store, clock, 3)
    signed = HISTORY.checkpoint(3).text
    place.lines = [signature_line(signed, key) for key in WITNESSES]
    pump(store, place, clock)
    ((note,),) = store.query("SELECT note FROM audit_checkpoint")
    keys = (HISTORY.key.verifier, *(key.verifier for key in WITNESSES))
    assert open_note(note, keys).verified == keys
    # The same witness once more: the first cosignature stays, and the note does not grow.
    store.execute("UPDATE audit_outbox SET done_ts = NULL")
    pump(store, place, clock, at_once=True)
    assert store.query("SELECT note FROM audit_checkpoint") == [(note,)]
