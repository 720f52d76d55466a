"""A receiver's database without the receiver: alerts are delivered to it, and its clock is the test's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from monitorgen.vocabulary.receiver import Receiver
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.receiver.applying import Applied, apply
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.following import following
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.post import read_post
from monitorgen_exporters.receiver.work import Recorder

__all__ = ["BEGAN", "Desk", "alert", "receiver_settings"]

BEGAN = "2026-11-21T10:00:00.000000Z"
"""When a desk's clock begins."""

_YEAR_1 = "0001-01-01T00:00:00Z"


def receiver_settings(**said: Any) -> Receiver:
    """Settings of a receiver with one source."""
    return Receiver.model_validate({"sources": {"eu1": {"token": {"env": "EU1"}}}, **said})


def alert(name: str = "High", *, starts: str = BEGAN, ends: str = "", **labels: str) -> dict[str, Any]:
    """An alert of a payload, which fires unless it `ends`."""
    return {
        "status": "resolved" if ends else "firing",
        "labels": {"alertname": name, "severity": "critical", "service": "web", **labels},
        "annotations": {"summary": "Too many errors"},
        "startsAt": starts,
        "endsAt": ends or _YEAR_1,
        "generatorURL": "http://prometheus/graph",
    }


@dataclass
class Clock:
    """A clock that stands still until it is told to go."""

    now: str = BEGAN

    def __call__(self) -> str:
        """The time, as `audit.stamps.now` writes it."""
        return self.now

    def go(self, seconds: float) -> None:
        """Goes on, or back."""
        self.now = later(self.now, seconds)


@dataclass
class Desk:
    """A database at `url`, with what follows from events by the settings; a context manager."""

    url: str
    settings: Receiver = field(default_factory=receiver_settings)
    new: bool = True
    clock: Clock = field(default_factory=Clock)

    def __enter__(self) -> Self:
        log = (
            AuditLog.create(self.url, origin="acme/audit/test/1", background=False)
            if self.new
            else AuditLog.open(self.url, background=False)
        )
        self.database = Database(log, self.url, Recorder(Filters()), following(self.settings), self.clock)
        return self

    def __exit__(self, *problem: object) -> None:
        self.database.close()

    def deliver(self, *alerts: Mapping[str, Any], tenant: str = "acme", after: float = 1.0) -> Applied:
        """Delivers a group `after` so many seconds."""
        self.clock.go(after)
        body = orjson.dumps({"version": "4", "groupKey": "{}", "receiver": "monitorgen", "alerts": alerts})
        with self.database.write() as work:
            return apply(work, [read_post("eu1", tenant, body)])

    def opened(self, name: str = "High", **labels: str) -> Episode:
        """A new episode."""
        assert self.deliver(alert(name, **labels)).opened == 1
        ((id,),) = self.query("SELECT id FROM receiver_episode WHERE alertname = ? ORDER BY opened_at", name)
        return self.get(str(id))

    def get(self, id: str) -> Episode:
        """The episode as it stands."""
        with self.database.read() as store:
            found = rows.get(store, id)
        assert found is not None
        return found

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database answers."""
        with self.database.read() as store:
            return store.query(sql, parameters)

    def events(self, episode: str | None = None) -> list[tuple[str, str, dict[str, Any]]]:
        """Type, actor and data of all events, in their order; of one episode when given."""
        found = self.query("SELECT episode, type, actor, data FROM receiver_event ORDER BY seq")
        return [
            (type, actor, orjson.loads(data))
            for id, type, actor, data in found
            if episode is None or id == episode
        ]

    def types(self, episode: str | None = None) -> list[str]:
        """The types of all events, in their order."""
        return [type for type, _, _ in self.events(episode)]

    def timers(self) -> dict[str, str]:
        """The kinds of timers, and when they are due; of tests with one episode."""
        return {str(kind): str(at) for kind, at in self.query("SELECT kind, next_at FROM receiver_timer")}

    def effects(self) -> list[tuple[str, str, str]]:
        """Name, kind and state of all effects, in the order of their planning."""
        found = self.query("SELECT name, kind, state FROM receiver_effect ORDER BY id")
        return [(str(name), str(kind), str(state)) for name, kind, state in found]
