"""Feeds the anchors from the outbox: what could not be delivered is tried again, and never lost.

A checkpoint pins everything before it, so only the newest of each origin has to get out; older ones that wait
are dropped once it has. Rows are written by the transaction that keeps the checkpoint, and marked when the
anchor has confirmed: a process that dies in between delivers once more, which changes nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitorgen_exporters.audit.anchors.base import (
    Anchor,
    AnchorBehindError,
    AnchorConflictError,
    AnchorError,
)
from monitorgen_exporters.audit.anchors.planning import Fed
from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError, add_signatures
from monitorgen_exporters.audit.store import Store, StoreError

__all__ = ["CONFLICT", "Delivery", "deliver"]

CONFLICT: Final = "conflict: "
"""What the error in the outbox begins with when the anchor holds another history."""

_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the newest checkpoint of an origin at one anchor; `error` is empty when it is there."""

    anchor: str
    origin: str
    size: int
    error: str = ""


def deliver(
    store: Store, fed: Fed, *, at_once: bool = False, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Delivery]:
    """Sends one anchor what is due, and returns what was tried.

    Due is the newest waiting checkpoint of each origin, once `every` has passed since the last delivery and
    the pause after the last failure is over; with `at_once` it is due in any case. Raises a StoreError only.
    """
    name = fed.anchor.name
    waiting = store.query(
        "SELECT origin, MAX(seq), MAX(attempts), MAX(CASE WHEN attempts > 0 THEN next_try ELSE '' END) "
        "FROM audit_outbox WHERE anchor = ? AND done_ts IS NULL GROUP BY origin ORDER BY MAX(seq)",
        (name,),
    )
    tried = []
    for origin, seq, attempts, next_try in waiting:
        if at_once or _due(store, fed, origin, next_try, now()):
            ((size, note),) = store.query("SELECT size, note FROM audit_outbox WHERE seq = ?", (seq,))
            tried.append(_send(store, fed.anchor, _Waiting(origin, size, note, seq, attempts), now))
    return tried


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The newest row of an origin that one anchor has yet to be told."""

    origin: str
    size: int
    note: bytes
    seq: int
    attempts: int


def _due(store: Store, fed: Fed, origin: str, next_try: str, now: datetime) -> bool:
    if next_try > _text(now):
        return False
    ((told,),) = store.query(
        "SELECT MAX(done_ts) FROM audit_outbox WHERE anchor = ? AND origin = ? AND done_ts IS NOT NULL",
        (fed.anchor.name, origin),
    )
    return not told or told <= _text(now - fed.every)


def _send(store: Store, anchor: Anchor, row: _Waiting, now: Callable[[], datetime]) -> Delivery:
    try:
        if lines := anchor.publish(row.note, claimed_checkpoint(row.note)):
            _add_signatures(store, row, lines)
    except AnchorBehindError as behind:
        # It is well, and slower than we are: what it confirms is delivered, and the pause does not grow.
        _done(store, anchor.name, row.origin, behind.holds, now())
        return _failed(store, anchor, row, str(behind), now() + _FIRST_PAUSE, attempts=1)
    except AnchorConflictError as conflict:
        return _failed(store, anchor, row, f"{CONFLICT}{conflict}", now() + _LONGEST_PAUSE)
    except (AnchorError, NoteError) as problem:
        return _failed(store, anchor, row, str(problem), now() + _pause(row.attempts))
    except StoreError:
        raise  # a witness's proof is made of the log, which is not the anchor's fault
    except Exception as bug:
        # One anchor's mistake must not keep the log from being anchored anywhere else.
        _log.exception("a mistake in the anchor %s", anchor.name)
        return _failed(store, anchor, row, f"{type(bug).__name__}: {bug}", now() + _LONGEST_PAUSE)
    _done(store, anchor.name, row.origin, row.size, now())
    return Delivery(anchor.name, row.origin, row.size)


def _pause(attempts: int) -> timedelta:
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(attempts, 10)))


def _failed(
    store: Store, anchor: Anchor, row: _Waiting, why: str, next_try: datetime, attempts: int | None = None
) -> Delivery:
    store.execute(
        "UPDATE audit_outbox SET attempts = ?, next_try = ?, error = ? WHERE seq = ?",
        (row.attempts + 1 if attempts is None else attempts, _text(next_try), why[:1000], row.seq),
    )
    return Delivery(anchor.name, row.origin, row.size, why)


def _done(store: Store, anchor: str, origin: str, size: int, now: datetime) -> None:
    """Marks the newest row that the anchor has confirmed, and forgets those before it."""
    with store.transaction():
        ((seq,),) = store.query(
            "SELECT MAX(seq) FROM audit_outbox WHERE anchor = ? AND origin = ? AND size <= ?",
            (anchor, origin, size),
        )
        if seq is None:
            return
        store.execute(
            "DELETE FROM audit_outbox WHERE anchor = ? AND origin = ? AND seq < ?", (anchor, origin, seq)
        )
        store.execute(
            "UPDATE audit_outbox SET done_ts = ?, error = NULL WHERE seq = ? AND done_ts IS NULL",
            (_text(now), seq),
        )


def _add_signatures(store: Store, row: _Waiting, lines: bytes) -> None:
    """Adds a witness's lines to the kept note, save those of keys that have a line in it already."""
    while True:
        kept = store.query(
            "SELECT note FROM audit_checkpoint WHERE origin = ? AND size = ?", (row.origin, row.size)
        )
        if not kept:
            return
        note = bytes(kept[0][0])
        # Another witness's line may have come in between; then it is read anew.
        if store.execute(
            "UPDATE audit_checkpoint SET note = ? WHERE origin = ? AND size = ? AND note = ?",
            (add_signatures(note, lines), row.origin, row.size, note),
        ):
            return


def _text(moment: datetime) -> str:
    """As all times in the tables are written; such texts sort by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
