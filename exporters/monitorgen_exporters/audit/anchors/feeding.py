"""Feeding anchors in the background: a thread for each, so that a slow one holds up nobody."""

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Self

from monitorgen_exporters.audit.anchors.outbox import deliver
from monitorgen_exporters.audit.anchors.planning import Planned, Surroundings
from monitorgen_exporters.audit.store import Store, StoreError

__all__ = ["Feeding"]

_TICK: Final = 1.0  # seconds between two looks into the outbox
_PAUSE: Final = 10.0  # seconds until a store that failed is opened again

_log = logging.getLogger(__name__)


class Feeding:
    """Delivers what the outbox holds for some anchors, from `start` to `stop`; a context manager does both.

    `open_` gives a store of the log, a new one for each thread. Several processes may feed the same anchors:
    what one has delivered, the others find done, and to deliver twice does no harm.
    """

    def __init__(
        self, open_: Callable[[], Store], anchors: Iterable[Planned], *, clone: Path | None = None
    ) -> None:
        self._open = open_
        self._clone = clone
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._feed, args=(one,), name=f"anchor-{one.name}", daemon=True)
            for one in anchors
        ]

    def start(self) -> None:
        """Begins; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends, once each anchor has finished what it is at; what is not delivered stays in the outbox."""
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def _feed(self, planned: Planned) -> None:
        while not self._ending.is_set():
            try:
                with self._open() as store:
                    fed = planned.fed(Surroundings.of(store, self._clone))
                    while not self._ending.is_set():
                        for one in deliver(store, fed):
                            if one.error:
                                _log.warning("anchor %s, size %d: %s", one.anchor, one.size, one.error)
                            else:
                                _log.info("anchor %s has size %d", one.anchor, one.size)
                        self._ending.wait(_TICK)
            except StoreError as problem:
                _log.error("anchor %s waits for the log: %s", planned.name, problem)
                self._ending.wait(_PAUSE)
