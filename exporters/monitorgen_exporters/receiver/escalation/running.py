"""The thread that carries out timers when their time has come.

Each is carried out in a `Work` that deletes its row, so that it happens once however many receivers share the
database, however the clock is set, and whenever one of them is killed: what was committed is gone from the
table, and what was not is still due.
"""

import logging
import threading
import time
from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from monitorgen.vocabulary.receiver import ReceiverAcknowledgement
from monitorgen_exporters.audit.store.errors import OF_THE_PLACE, StoreError
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.escalation import watchdog
from monitorgen_exporters.receiver.escalation.metrics import TimerMetrics
from monitorgen_exporters.receiver.escalation.policy import fire
from monitorgen_exporters.receiver.escalation.timers import Timer, again, drop, due, next_due, put_off
from monitorgen_exporters.receiver.moments import later, seconds_between
from monitorgen_exporters.receiver.work import Work

__all__ = ["Timers"]

_logger = logging.getLogger(__name__)

_TOGETHER = 500
"""Timers of one transaction: deliveries wait while it is written."""

_LOOK = 1.0
"""Seconds between two looks at the latest: another receiver may have set a timer, or somebody the clock."""

_LATER = 60.0
"""Seconds until a timer that could not be carried out is tried again."""

_WATCH = 60.0
"""Seconds between two searches for episodes without a timer."""


class Timers:
    """Carries out timers from `start` to `stop`, in a thread of its own; overdue ones first of all."""

    def __init__(
        self, database: Database, policy: ReceiverAcknowledgement, registry: CollectorRegistry | None = None
    ) -> None:
        self._database = database
        self._policy = policy
        self._metrics = TimerMetrics(registry or CollectorRegistry())
        self._watched = float("-inf")
        self._ending = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._database.listeners["timers"].append(self._wake)
        self._thread.start()

    def stop(self) -> None:
        """Ends, once the transaction under way is written."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._wake in self._database.listeners["timers"]:
            self._database.listeners["timers"].remove(self._wake)

    def is_alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def round(self) -> str | None:
        """Carries out everything that is due; when the next timer is. Raises StoreError."""
        while True:
            with self._database.read() as store:
                next_at = next_due(store)
            if next_at is None or next_at > self._database.clock() or self._ending.is_set():
                return next_at
            self._carry_out()

    def watch(self) -> int:
        """Gives episodes the timers they lack; how many lacked one. Raises StoreError."""
        found = 0
        while not self._ending.is_set():
            with self._database.read() as store:
                if not watchdog.without_timer(store, self._policy, 1):
                    break
            with self._database.write() as work:
                some = watchdog.mend(work, self._policy, _TOGETHER)
            self._metrics.missing(some)
            found += some
        if found:
            _logger.warning("%d open alerts had no timer, and were given one", found)
        return found

    def _wake(self, _: int) -> None:
        self._woken.set()

    def _run(self) -> None:
        failing = False
        while not self._ending.is_set():
            self._woken.clear()  # before the look: what is set during it is seen afterwards
            try:
                next_at = self.round()
                if time.monotonic() - self._watched >= _WATCH:
                    self.watch()
                    self._watched = time.monotonic()
            except Exception as problem:
                if not failing:
                    _logger.error(
                        "timers cannot be carried out now, and are tried every %g s: %s",
                        _LOOK,
                        problem,
                        exc_info=not isinstance(problem, StoreError),  # its text says all
                    )
                failing = True
                self._ending.wait(_LOOK)  # whatever others commit meanwhile
                continue
            failing = False
            left = _LOOK if next_at is None else seconds_between(self._database.clock(), next_at)
            self._woken.wait(min(_LOOK, max(0.0, left)))

    def _carry_out(self) -> None:
        timers: list[Timer] = []
        try:
            with self._database.write() as work:
                timers = due(work.store, work.now, _TOGETHER)
                _fire_all(work, timers)
        except OF_THE_PLACE:
            raise
        except Exception:
            # What one of them has is not to keep the others waiting.
            _logger.debug("a transaction with %d timers failed", len(timers), exc_info=True)
            if not timers:
                raise
            for timer in timers:
                self._carry_out_one(timer)
        else:
            self._count(timers)

    def _carry_out_one(self, timer: Timer) -> None:
        try:
            with self._database.write() as work:
                found = again(work.store, timer)
                _fire_all(work, found)
        except OF_THE_PLACE:
            raise
        except Exception:
            _logger.exception("the timer %s failed, and is tried again in %g s", timer.id, _LATER)
            with self._database.write() as work:
                put_off(work, timer, later(work.now, _LATER))
            self._metrics.failed()
        else:
            self._count(found)

    def _count(self, timers: Sequence[Timer]) -> None:
        now = self._database.clock()
        self._metrics.fired(
            [timer.kind for timer in timers], [seconds_between(timer.next_at, now) for timer in timers]
        )


def _fire_all(work: Work, timers: Sequence[Timer]) -> None:
    episodes = rows.some(work.store, {timer.episode for timer in timers})
    before = {id: episode.changed for id, episode in episodes.items()}
    for timer in timers:
        if timer.id in work.timers:
            continue  # what came before it has taken it away, or set it anew
        drop(work, timer)
        # The episode of a timer is there; if somebody has deleted it, nothing is left to do.
        if (episode := episodes.get(timer.episode)) is not None:
            fire(work, episode, timer)
    rows.save_all(work.store, [each for each in episodes.values() if each.changed != before[each.id]])
