"""One transaction of the receiver: state, history, outbox and audit records together, or none of them.

Every change is made in one, and all of them stand in one line, over all threads, processes and replicas:
SQLite has one writer anyway, and on PostgreSQL each begins by locking the same row. So the numbers of events
are the order of commits, and whoever reads "up to event 17" has missed none before it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import orjson

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.entry import Entry, entry_of
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.record import new_record
from monitorgen_exporters.audit.recording import entry_with
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.episodes.rows import members
from monitorgen_exporters.receiver.tables import EFFECT, EVENT, TIMER

__all__ = ["Follow", "Recorder", "Topic", "Work", "line"]

_LONGEST = 400  # characters of a name in the audit log

Topic = Literal["events", "effects", "timers"]

Follow = Callable[["Work", Episode, str, Mapping[str, Json]], None]
"""What follows from an event of an episode: effects to plan, timers to set (following.py)."""


class Recorder:
    """What of a receiver's doing goes into the audit log: the settings' filters and personal fields."""

    def __init__(self, filters: Filters, personal: tuple[str, ...] = ()) -> None:
        self._filters = filters
        self._personal = personal

    def entry(self, type: str, actor: str, subject: str, data: dict[str, Json]) -> Entry | None:
        """The entry to record, or None where a filter leaves it out."""
        if self._personal:
            entry = entry_with(self._personal, type=type, actor=line(actor), subject=line(subject), data=data)
        else:
            entry = entry_of(new_record(type, line(actor), line(subject), data))
        return None if self._filters.why_not(entry.record) else entry


class Work:
    """A transaction under way; `Database.write` gives one, and ends it."""

    def __init__(
        self, store: Store, entries: list[Entry], recorder: Recorder, follow: Follow, now: str
    ) -> None:
        self.store = store
        self.now = now
        """When it began: the time of everything that happens in it."""
        self.actor = ""
        """Who the newest event is by."""
        self.timers: dict[str, tuple[str, ...] | None] = {}
        """Timers to write at the end, by id: the row, or None for one that is gone (escalation/timers.py)."""
        self.effects: list[Sequence[Any]] = []
        """Effects to write at the end: rows whose keys nothing else can have (effects/outbox.py)."""
        self.stirred: set[Topic] = set()
        """What there is more to do of once this is committed; who does it is woken for nothing else."""
        self._entries = entries
        self._recorder = recorder
        self._follow = follow
        ((last,),) = store.query("SELECT COALESCE(MAX(seq), 0) FROM receiver_event")
        self._seq: int = last
        self._events: list[tuple[Any, ...]] = []

    @property
    def seq(self) -> int:
        """The number of the newest event."""
        return self._seq

    def event(self, episode: Episode, type: str, actor: str, data: Mapping[str, Json]) -> int:
        """Something happened to an episode: adds its history, its record and what follows; its number.

        The caller saves the episode, whose `changed` this sets.
        """
        self._seq = seq = self._seq + 1
        self.actor = actor
        episode.changed = seq
        told: dict[str, Json] = {
            "incident": episode.id,
            "severity": line(episode.severity or "none")[:200],
            "status": episode.status,
            "event": seq,
        }
        if episode.tenant:
            told["tenant"] = episode.tenant
        if episode.service:
            told["service"] = line(episode.service)
        if data:
            told.update(data)
        entry = self._recorder.entry(
            f"alert.{type}",
            actor,
            f"alert:{episode.alertname or 'unnamed'}",
            told,
        )
        if entry is not None:
            self._entries.append(entry)
        self._events.append(
            (
                seq,
                episode.id,
                episode.tenant,
                self.now,
                type,
                actor,
                orjson.dumps(data).decode() if data else "{}",
                "" if entry is None else entry.record.id,
            )
        )
        self._follow(self, episode, type, data)
        return seq

    def audit(self, type: str, actor: str, subject: str, data: dict[str, Json]) -> None:
        """Records what is about no episode."""
        if (entry := self._recorder.entry(type, actor, subject, data)) is not None:
            self._entries.append(entry)

    def finish(self) -> None:
        """Writes the events, effects and timers; `Database.write` calls it before it commits."""
        if self._events:
            self.store.insert(EVENT, self._events)
            self._events = []
        if self.effects:
            self.store.insert(EFFECT, self.effects)
            self.effects = []
            self.stirred.add("effects")
        if self.timers:
            self.store.execute(
                f"DELETE FROM receiver_timer WHERE id IN ({members(self.store.dialect)})",  # noqa: S608
                [orjson.dumps(list(self.timers)).decode()],
            )
            if rows := [row for row in self.timers.values() if row is not None]:
                self.store.insert(TIMER, rows)
                self.stirred.add("timers")
            self.timers = {}


@lru_cache(maxsize=4096)
def line(text: str) -> str:
    """`text` as one line of the audit log: control characters replaced, and of bounded length."""
    shown = text if text.isprintable() else "".join(_shown(character) for character in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def _shown(character: str) -> str:
    return "\ufffd" if ord(character) < 32 or 127 <= ord(character) < 160 else character
