"""Timers: rows that say what has to happen to an episode at some time, even if this process dies.

An episode has one timer of a kind at most. What a `Work` sets and cancels it writes when it ends, all at once
and the last word of each timer, so that a thousand alerts cost a few statements.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.tables import TIMER
from monitorgen_exporters.receiver.work import Work

__all__ = [
    "ACKNOWLEDGEMENT",
    "KINDS",
    "NEVER",
    "OVER",
    "REMINDER",
    "SUPPRESSION",
    "TIMEOUT",
    "WAITING",
    "Timer",
    "again",
    "cancel",
    "drop",
    "due",
    "next_due",
    "put_off",
    "set_timer",
]

TIMEOUT: Final = "timeout"
"""Nobody has acknowledged it in time."""
REMINDER: Final = "reminder"
"""Still nobody has."""
OVER: Final = "over"
"""Everybody was told: due never, it shows that no timer was lost."""
ACKNOWLEDGEMENT: Final = "acknowledgement"
"""An acknowledgement runs out."""
SUPPRESSION: Final = "suppression"
"""A suppression runs out."""

WAITING: Final = (TIMEOUT, REMINDER, OVER)
"""The kinds of timers of which an episode that waits for an acknowledgement has one."""

KINDS: Final = (*WAITING, ACKNOWLEDGEMENT, SUPPRESSION)

NEVER: Final = "9999-12-31T23:59:59.999999Z"

_COLUMNS: Final = ", ".join(TIMER.columns)


@dataclass(frozen=True, slots=True)
class Timer:
    """A row of `receiver_timer`."""

    id: str
    episode: str
    kind: str
    next_at: str
    """When it is due, as `audit.stamps.now` writes a time."""
    text: str

    @property
    def data(self) -> Mapping[str, Any]:
        """The policy, as it was when the timer was set; read only now, as one that cannot be is no other's
        matter."""
        found: Mapping[str, Any] = orjson.loads(self.text)
        return found


def set_timer(work: Work, episode: Episode, kind: str, at: str, data: Mapping[str, Any]) -> None:
    """Has an episode a timer of that kind, in place of another that it may have."""
    id = _id(episode, kind)
    work.timers[id] = (id, episode.id, kind, at, orjson.dumps(data).decode())


def cancel(work: Work, episode: Episode, kinds: Collection[str] = KINDS) -> None:
    """Takes timers of these kinds away, where there are some."""
    for kind in kinds:
        work.timers[_id(episode, kind)] = None


def drop(work: Work, timer: Timer) -> None:
    """Takes a timer away that is carried out; what it is for may set it again."""
    work.timers[timer.id] = None


def due(store: Store, now: str, limit: int) -> list[Timer]:
    """At most `limit` timers whose time has come, the oldest first; without what this `Work` has done."""
    rows = store.query(
        f"SELECT {_COLUMNS} FROM receiver_timer WHERE next_at <= ? ORDER BY next_at LIMIT ?",  # noqa: S608
        [now, limit],
    )
    return [Timer(*row) for row in rows]


def again(store: Store, timer: Timer) -> list[Timer]:
    """That timer, if it still stands as it did."""
    found = store.query(
        "SELECT 1 FROM receiver_timer WHERE id = ? AND next_at = ?", [timer.id, timer.next_at]
    )
    return [timer] if found else []


def next_due(store: Store) -> str | None:
    """When the next timer is due; None where there is none."""
    ((at,),) = store.query("SELECT MIN(next_at) FROM receiver_timer")
    found: str | None = at
    return found


def put_off(work: Work, timer: Timer, until: str) -> None:
    """Moves a timer to later, unless it was set anew meanwhile."""
    work.store.execute(
        "UPDATE receiver_timer SET next_at = ? WHERE id = ? AND next_at = ?", [until, timer.id, timer.next_at]
    )


def _id(episode: Episode, kind: str) -> str:
    return f"{kind}:{episode.id}"
