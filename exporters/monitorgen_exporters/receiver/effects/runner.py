"""The runner: takes effects that are due from the outbox, and has them done.

One thread looks at the outbox, each effect is done by a thread of its own, of which there are only so many.
That an effect is begun is on the disk before it is, and nothing is done within a transaction. So a runner
may be killed at any moment: whatever it had not begun is begun later, and what it had begun is dealt with by
the rules of recovery.py. Its effects are done once, or their outcome is `unknown` and people are told: more
nobody can promise, since no transaction holds both a database and the rest of the world.

Any number of runners may share a database. Their clocks have to agree to within a lease.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitorgen_exporters.audit.store import Store, StoreError
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.effects import recovery, rules, steps
from monitorgen_exporters.receiver.effects.claiming import Claimed, Due, Places, claim, due
from monitorgen_exporters.receiver.effects.counts import Counts
from monitorgen_exporters.receiver.effects.doing import Doing, Flight, LeftError
from monitorgen_exporters.receiver.effects.kind import EffectSettings, Kind
from monitorgen_exporters.receiver.effects.owner import new_owner
from monitorgen_exporters.receiver.effects.process import GRACE
from monitorgen_exporters.receiver.moments import seconds_between

__all__ = ["PLACES", "Runner", "Timing"]

_logger = logging.getLogger(__name__)

PLACES: Final[Mapping[str, tuple[int, int]]] = {"http": (16, 4), "command": (16, 16)}
"""For each kind how many effects are done at once, and how many of one name: a sink that takes its time is
not to keep others waiting, nor the commands. How many of an action run at once its `concurrency` says."""

_OTHERS: Final = (8, 4)
_LONGEST_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How a runner takes its time; seconds."""

    lease: float = 60.0
    """How long a runner that is not heard of is believed to be alive."""
    poll: float = 1.0
    """The longest time between two looks at the outbox: what another replica plans is seen by then."""
    grace: float = 20.0
    """How long `stop` waits for what is under way."""
    settle: float = 2 * GRACE + 5.0
    """How long a command may take to end once its receiver was killed."""
    first_pause: float = steps.FIRST_PAUSE
    """Until a second attempt; each later pause is twice the one before."""


class Runner:
    """Does what the outbox holds, from `start` to `stop`; `counts` is what it has seen of it."""

    def __init__(
        self,
        database: Database,
        settings: EffectSettings,
        kinds: Sequence[Kind],
        *,
        timing: Timing | None = None,
        places: Mapping[str, tuple[int, int]] = PLACES,
    ) -> None:
        self.counts = Counts()
        self._database = database
        self._settings = settings
        self._kinds = {kind.name: kind for kind in kinds}
        self._timing = timing or Timing()
        self._places = {name: places.get(name, _OTHERS) for name in self._kinds}
        self._doing = Doing(
            database, settings, self._kinds, self.counts, first_pause=self._timing.first_pause
        )
        self._flights: dict[str, Flight] = {}
        self._landed = threading.Condition()
        self._woken = threading.Event()
        self._buried = False
        self._doubtful: list[str] = []  # owners of claims that may have been committed, or not
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="effects", daemon=True)

    def start(self) -> None:
        """Begins, with what others have left; returns at once."""
        self._database.listeners["effects"].append(self._wake)
        self._thread.start()

    def stop(self) -> None:
        """Begins nothing more and waits a while for what is under way; the rest is left as after a crash."""
        self._doing.ending.set()
        self._woken.set()
        if self._wake in self._database.listeners["effects"]:
            self._database.listeners["effects"].remove(self._wake)
        if not self._thread.is_alive():
            return
        with self._landed:
            if not self._landed.wait_for(lambda: not self._flights, self._timing.grace):
                _logger.warning("effects are still under way at the end, and left to recovery: %d", self.busy)
        self._doing.left.set()
        self._woken.set()
        self._thread.join()

    @property
    def busy(self) -> int:
        """How many effects are under way."""
        return len(self._flights)

    def _wake(self, _seq: int = 0) -> None:
        self._woken.set()

    def _run(self) -> None:
        doing, trouble, wait = self._doing, 0, 0.0
        while not (doing.left.is_set() or (doing.ending.is_set() and not self._flights)):
            try:
                wait = self._round()
                trouble = 0
            except StoreError as problem:
                self.counts.store_error()
                _logger.error("the outbox is not at hand, and is asked again: %s", problem)
                trouble += 1
            except Exception:  # whatever it is, this is the thread that pages people
                _logger.exception("a look at the outbox failed, and is made again")
                trouble += 1
            if trouble:
                # Events do not cut this short: whoever makes them has the same trouble.
                doing.left.wait(min(_LONGEST_PAUSE, 0.05 * 2.0 ** min(trouble, 10)))
            else:
                self._woken.wait(wait)
                self._woken.clear()

    def _round(self) -> float:
        """One look, and all that follows from it; the seconds in which the next has to be made."""
        self._renew()
        if self._doing.ending.is_set():
            return self._timing.poll
        if not self._buried:
            self._bury()
            self._buried = True
        if self._doubtful:
            with self._database.write() as work:
                recovery.disown(work, self._doubtful)
            self._doubtful.clear()
        began = time.monotonic()
        now = self._database.clock()
        with self._database.read() as store:
            there = due(store, now)
            places = self._free()
            names = [each for each in there.planned if self._can_take(store, places, *each, now)]
        took = time.monotonic() - began
        if self._take(there, names):
            return 0.0
        # However often it is woken, it leaves most of the time to others.
        self._doing.ending.wait(min(0.5, 3 * took))
        if there.next_at is None:
            return self._timing.poll
        return min(self._timing.poll, max(0.0, seconds_between(self._database.clock(), there.next_at)))

    def _take(self, there: Due, names: Sequence[tuple[str, str]]) -> bool:
        """Takes what can be taken; whether there may be more of it."""
        flights = set(self._flights)
        places = self._free()
        lost = [id for id, kind, name in there.left if id not in flights and places.of(kind, name) > 0]
        if not lost and not names:
            return False
        owner, found, claimed = new_owner(), Claimed(), Claimed()
        self._doubtful.append(owner)
        with self._database.write() as work:
            if lost:
                found = recovery.recover(
                    work, self._kinds, self._settings, owner, self._timing.lease, places, flights
                )
            if names:
                claimed = claim(work, self._settings, owner, self._timing.lease, places, names)
        self._doubtful.clear()
        for effect, state in (*found.ended, *claimed.ended):
            self.counts.end(effect.kind, effect.name, state)
        for effect in found.taken:
            self._begin(Flight(effect, owner, self._timing.lease, lost=True))
        for effect in claimed.taken:
            lease = self._doing.lease(effect, self._timing.lease)
            self._begin(Flight(effect, owner, lease, lost=False))
        return bool(found.ended or claimed.ended)

    def _begin(self, flight: Flight) -> None:
        id, kind = flight.effect.id, flight.effect.kind
        with self._landed:
            self._flights[id] = flight
        try:
            threading.Thread(target=self._do, args=[flight], name=f"effect-{kind}", daemon=True).start()
        except RuntimeError:  # no more threads can be had: its lease will end
            _logger.exception("an effect cannot be begun")
            self._land(id)

    def _do(self, flight: Flight) -> None:
        try:
            self._doing.do(flight)
        except LeftError:
            pass
        except Exception:
            _logger.exception("the effect %s was left as after a crash", flight.effect.id)
        finally:
            self._land(flight.effect.id)

    def _land(self, id: str) -> None:
        with self._landed:
            self._flights.pop(id, None)
            self._landed.notify_all()
        self._woken.set()

    def _renew(self) -> None:
        if time.monotonic() - self._renewed < self._timing.lease / 4:
            return
        flights = list(self._flights.values())
        if flights:
            with self._database.write() as work:
                for flight in flights:
                    steps.renew(work, flight.effect.id, flight.owner, self._timing.lease)
        self._renewed = time.monotonic()

    def _bury(self) -> None:
        with self._database.write() as work:
            found = recovery.bury(work, self._kinds, self._settings, self._timing.settle)
        if found:
            _logger.warning("effects that a killed receiver had under way are dealt with: %d", found)

    def _free(self) -> Places:
        flights = list(self._flights.values())
        kinds = Counter(flight.effect.kind for flight in flights)
        names = Counter((flight.effect.kind, flight.effect.name) for flight in flights)
        return Places(
            {kind: most - kinds[kind] for kind, (most, _) in self._places.items()},
            names,
            {kind: of_a_name for kind, (_, of_a_name) in self._places.items()},
        )

    def _can_take(self, store: Store, places: Places, kind: str, name: str, now: str) -> bool:
        if places.of(kind, name) <= 0:
            return False
        policy = rules.policy_of(kind, name, self._settings)
        return not isinstance(policy, rules.Policy) or rules.room(store, kind, name, policy, now) != 0
