"""Effects in tests: planned without an alert's delivery deciding on them, and looked at as they stand."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from monitorgen_exporters.receiver.effects import outbox, reading, steps
from monitorgen_exporters.receiver.effects.claiming import Places, claim, due
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Outcome
from monitorgen_exporters.receiver.effects.outbox import EffectState
from monitorgen_exporters.receiver.effects.reading import EffectFilter
from monitorgen_exporters.receiver.effects.recovery import recover
from monitorgen_exporters.receiver.effects.rules import Policy, policy_of
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.episodes import Desk

__all__ = ["ACTION", "HOOK", "FakeKind", "Hands", "all_effects", "effect", "plan", "recorded"]

HOOK: Mapping[str, Any] = {"url": "http://127.0.0.1:9/hook", "events": []}
"""A notification that is sent only where a test plans it."""

ACTION: Mapping[str, Any] = {"command": ["/bin/true"], "match": {"alertname": "nothing-fires-this"}}
"""An action that no alert sets off."""


@dataclass
class FakeKind:
    """A kind of effect that does what the test says, and notes what it was asked to do."""

    name: str = "http"
    answers: list[Outcome | Exception] = field(default_factory=list)
    """What comes of the next attempts; after these all are done."""
    repeatable: bool = True
    done: bool | None = None
    """What `verify` says."""
    gates: dict[str, Event] = field(default_factory=dict)
    """What an attempt waits for, by the name of the effect."""
    began: list[str] = field(default_factory=list)
    """The keys of effects, as they were begun."""
    most: int = 0
    """How many were under way at once, at most."""
    _now: int = 0
    _lock: Any = field(default_factory=Lock)

    def perform(self, effect: Effect, settings: EffectSettings) -> Outcome:  # noqa: ARG002
        """The next of the answers."""
        with self._lock:
            self.began.append(effect.key)
            self._now += 1
            self.most = max(self.most, self._now)
            answer = self.answers.pop(0) if self.answers else Outcome("done")
        try:
            if (gate := self.gates.get(effect.name)) is not None:
                assert gate.wait(300)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            with self._lock:
                self._now -= 1

    def longest(self, effect: Effect, settings: EffectSettings) -> float:  # noqa: ARG002
        """Ten seconds."""
        return 10.0

    def idempotent(self, effect: Effect, settings: EffectSettings) -> bool:  # noqa: ARG002
        """As the test says."""
        return self.repeatable

    def verify(self, effect: Effect, settings: EffectSettings) -> bool | None:  # noqa: ARG002
        """As the test says."""
        return self.done


def plan(
    desk: Desk,
    key: str,
    episode: Episode,
    *,
    kind: str = "http",
    name: str = "hook",
    target: str = "",
    next_at: str | None = None,
) -> bool:
    """Plans an effect in a transaction of its own."""
    with desk.database.write() as work:
        return outbox.plan(
            work,
            key=key,
            kind=kind,
            name=name,
            episode=episode,
            target=target,
            request={"event": {"key": key}},
            next_at=next_at,
        )


def all_effects(desk: Desk) -> dict[str, Effect]:
    """Every effect, by its key."""
    with desk.database.read() as store:
        return {found.key: found for found in reading.effects(store, EffectFilter(), limit=10_000)}


def effect(desk: Desk, key: str) -> Effect:
    """The effect with that key."""
    return all_effects(desk)[key]


def recorded(desk: Desk) -> list[dict[str, Any]]:
    """The data of every event `effect`, in their order, each of which was made sure to have its record."""
    for (record,) in desk.query("SELECT record FROM receiver_event WHERE type = 'effect'"):
        there = desk.query(
            "SELECT 1 FROM audit_record WHERE id = ? UNION ALL SELECT 1 FROM audit_intake WHERE id = ?",
            record,
            record,
        )
        assert there, f"the event has no record {record}"
    return [data for type, _, data in desk.events() if type == "effect"]


@dataclass
class Hands:
    """A runner without threads: takes what is due, and says what came of it, step by step."""

    desk: Desk
    kinds: Mapping[str, Any] = field(
        default_factory=lambda: {"http": FakeKind(), "command": FakeKind("command", repeatable=False)}
    )
    owner: str = "other-machine:1/a"
    lease: float = 60.0

    def places(self, most: int = 100) -> Places:
        """Room for `most` of each kind and name."""
        return Places(dict.fromkeys(self.kinds, most), Counter(), dict.fromkeys(self.kinds, most))

    def claim(self) -> list[str]:
        """Takes everything that is due and that the rules allow; the keys."""
        desk = self.desk
        with desk.database.read() as store:
            names = due(store, desk.database.clock()).planned
        with desk.database.write() as work:
            claimed = claim(work, desk.settings, self.owner, self.lease, self.places(), names)
        return [each.key for each in claimed.taken]

    def start(self, key: str) -> Effect | None:
        """Begins one that was taken."""
        with self.desk.database.write() as work:
            return steps.start(work, effect(self.desk, key), self.owner, self.lease)

    def finish(self, key: str, outcome: Outcome) -> EffectState | None:
        """Says what came of one that was begun."""
        found = effect(self.desk, key)
        policy = policy_of(found.kind, found.name, self.desk.settings)
        assert isinstance(policy, Policy)
        with self.desk.database.write() as work:
            return steps.finish(work, found, self.owner, outcome, policy)

    def run(self, key: str, outcome: Outcome | None = None) -> EffectState | None:
        """Takes and begins one, and ends it."""
        assert key in self.claim()
        assert self.start(key) is not None
        return self.finish(key, outcome or Outcome("done"))

    def recover(self, mine: Collection[str] = ()) -> list[Effect]:
        """Takes what others have let the lease end of; those whose outcome has to be looked for."""
        with self.desk.database.write() as work:
            found = recover(work, self.kinds, self.desk.settings, self.owner, self.lease, self.places(), mine)
        return found.taken
