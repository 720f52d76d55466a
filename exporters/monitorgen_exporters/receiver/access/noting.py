"""What is noted of credentials while nobody waits for it: when keys were used, and who was not let in."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.access.keyring import Keyring
from monitorgen_exporters.receiver.access.refusal import Reason, Refusal
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.work import Work

__all__ = ["Noting"]

_logger = logging.getLogger(__name__)

_PAUSE: Final = 60.0  # seconds between two records of the same reason
_EVERY: Final = 15.0  # seconds between two looks for keys that were used
_MOST: Final = 20  # of those refused, whose names a record has


class Noting:
    """Writes such notes from `start` to `stop`. Any thread may tell of a refusal.

    Who knocks a million times is one record a minute: the first at once, and from then on how often.
    """

    def __init__(
        self, database: Database, keyring: Keyring, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._counts: dict[Reason, int] = {}
        self._names: dict[Reason, set[str]] = {}
        self._next: dict[Reason, float] = {}
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="noting", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, once everything that is to be noted is written, however short ago the last note was."""
        self._ending = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether notes are written."""
        return self._thread.is_alive()

    def refused(self, refusal: Refusal) -> None:
        """Somebody was not let in; returns at once."""
        with self._lock:
            self._counts[refusal.why] = self._counts.get(refusal.why, 0) + 1
            names = self._names.setdefault(refusal.why, set())
            if refusal.who and len(names) < _MOST:
                names.add(refusal.who)
            due = self._clock() >= self._next.get(refusal.why, 0.0)
        if due:
            self._woken.set()

    def write(self, *, everything: bool = False) -> None:
        """Writes what is due, or everything. Raises StoreError; then it is written with the next."""
        with self._lock:
            moment = self._clock()
            due = {
                why: (count, sorted(self._names[why]))
                for why, count in self._counts.items()
                if everything or moment >= self._next.get(why, 0.0)
            }
        if not due and not self._keyring.has_uses:
            return
        with self._database.write() as work:
            self._keyring.write_uses(work)
            for why, (count, names) in due.items():
                _record(work, why, count, names)
        with self._lock:
            for why, (count, _) in due.items():
                self._counts[why] -= count  # more may have come while it was written
                if not self._counts[why]:
                    del self._counts[why]
                self._names[why] = set()
                self._next[why] = moment + _PAUSE

    def _run(self) -> None:
        while not self._ending:
            self._woken.wait(_EVERY)
            self._woken.clear()
            self._try(everything=self._ending)
        self._try(everything=True)

    def _try(self, *, everything: bool) -> None:
        try:
            self.write(everything=everything)
        except StoreError as problem:
            _logger.error("what credentials were used and refused could not be noted: %s", problem)


def _record(work: Work, why: Reason, count: int, names: list[str]) -> None:
    who = names[0] if len(names) == 1 else "credential:unknown"
    work.audit(
        "authentication.refused", "system:receiver", who, {"reason": why, "count": count, "who": list(names)}
    )
