"""One effect, from its claim to its end: begun on the disk, done, and what came of it written."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.effects import rules, steps
from monitorgen_exporters.receiver.effects.counts import Counts
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Kind, Outcome
from monitorgen_exporters.receiver.effects.recovery import CRASHED, may_repeat
from monitorgen_exporters.receiver.moments import seconds_between
from monitorgen_exporters.receiver.work import Work

__all__ = ["Doing", "Flight", "LeftError"]

_logger = logging.getLogger(__name__)

_MARGIN: Final = 30.0  # seconds for writing what came of an effect, on a machine that has much else to do
_LONGEST_PAUSE: Final = 5.0
_Written = TypeVar("_Written")


@dataclass(frozen=True, slots=True)
class Flight:
    """An effect that a runner has."""

    effect: Effect
    owner: str
    lease: float
    lost: bool
    """Whether another runner had begun it, and was lost: its outcome has to be looked for."""


class LeftError(Exception):
    """The runner has stopped, and leaves an effect to whoever looks at the outbox next."""


class Doing:
    """Does effects, in any number of threads."""

    def __init__(
        self,
        database: Database,
        settings: EffectSettings,
        kinds: Mapping[str, Kind],
        counts: Counts,
        *,
        first_pause: float = steps.FIRST_PAUSE,
    ) -> None:
        self.ending = threading.Event()
        """Set once nothing more is to be begun."""
        self.left = threading.Event()
        """Set once nobody waits any more for what is under way."""
        self._database = database
        self._settings = settings
        self._kinds = kinds
        self._counts = counts
        self._first_pause = first_pause

    def lease(self, effect: Effect, lease: float) -> float:
        """How long nobody else may take an effect: one that is not to be done twice, as long as it may take.

        Leases are renewed while it is done; this is for when the database cannot be had meanwhile.
        """
        if may_repeat(effect, self._kinds, self._settings):
            return lease
        return max(lease, self._kinds[effect.kind].longest(effect, self._settings) + _MARGIN)

    def do(self, flight: Flight) -> None:
        """All of it; whatever cannot be written is tried again. Raises LeftError."""
        if flight.lost:
            outcome = self._look_for(flight.effect, CRASHED)
            self._finish(flight, outcome, kept_owner=flight.effect.owner)
            return
        if self.ending.is_set():
            self._give_back(flight)
            return
        began = time.monotonic()
        effect = self._write(
            lambda work: steps.start(work, flight.effect, flight.owner, flight.lease), until=self.ending
        )
        if effect is None:
            return  # cancelled meanwhile, or taken by somebody who thought us dead
        if time.monotonic() - began > flight.lease / 2:
            # The commit took so long that others may soon think so.
            self._give_back(flight)
            return
        self._counts.begin(
            effect.kind, effect.name, seconds_between(flight.effect.next_at, effect.changed_at)
        )
        self._finish(flight, self._perform(effect))

    def _perform(self, effect: Effect) -> Outcome:
        kind = self._kinds[effect.kind]
        try:
            outcome = kind.perform(effect, self._settings)
        except Exception as problem:
            _logger.exception("the effect %s of `%s` failed in an unknown way", effect.id, effect.name)
            why = f"it broke off: {type(problem).__name__}"
            if may_repeat(effect, self._kinds, self._settings):
                return Outcome("retry", why)
            return self._look_for(effect, why)
        if outcome.state != "unknown":
            return outcome
        found = self._look_for(effect, outcome.why)
        return Outcome(found.state, found.why, outcome.result)

    def _look_for(self, effect: Effect, why: str) -> Outcome:
        try:
            done = self._kinds[effect.kind].verify(effect, self._settings)
        except Exception:
            _logger.exception("nobody knows what became of the effect %s of `%s`", effect.id, effect.name)
            done = None
        if done is None:
            return Outcome("unknown", f"{why}, and nothing can tell whether it was done")
        if done:
            return Outcome("done", f"{why}; its `verify` says that it was done")
        return Outcome("retry", f"{why}; its `verify` says that it was not done")

    def _finish(self, flight: Flight, outcome: Outcome, kept_owner: str | None = None) -> None:
        effect = flight.effect
        policy = rules.policy_of(effect.kind, effect.name, self._settings)
        if not isinstance(policy, rules.Policy):
            policy = rules.Policy()
        state = self._write(
            lambda work: steps.finish(
                work,
                effect,
                flight.owner,
                outcome,
                policy,
                first_pause=self._first_pause,
                kept_owner=kept_owner,
            ),
            until=self.left,
        )
        if state is not None:
            self._counts.end(effect.kind, effect.name, state)

    def _give_back(self, flight: Flight) -> None:
        self._write(lambda work: steps.give_back(work, flight.effect, flight.owner), until=self.left)

    def _write(self, step: Callable[[Work], _Written], *, until: threading.Event) -> _Written:
        """What a step gives, once it is on the disk; tried until then. Raises LeftError at the event."""
        pause = 0.05
        while True:
            try:
                with self._database.write() as work:
                    return step(work)
            except StoreError as problem:
                self._counts.store_error()
                _logger.error("what became of an effect is not written yet: %s", problem)
            if until.wait(pause):
                raise LeftError
            pause = min(_LONGEST_PAUSE, 2 * pause)
