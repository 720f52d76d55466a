"""The store of an open log, for one thread at a time, and its sequencer where this process was elected."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from monitorgen_exporters.audit.entry import Entry
from monitorgen_exporters.audit.fair_lock import FairLock
from monitorgen_exporters.audit.intake import append_to, append_within, waiting
from monitorgen_exporters.audit.issuing import Access
from monitorgen_exporters.audit.sequencer import DRAINED, Sequencer
from monitorgen_exporters.audit.store import Store, StoreError, open_store
from monitorgen_exporters.audit.store.errors import Gone
from monitorgen_exporters.audit.store.records import read_state

__all__ = ["Writer"]


class Writer:
    """Writes to a log, as its sequencer or through its intake.

    What says "with the lock" is called by whoever has `lock`; everything else takes it.
    """

    def __init__(self, store: Store) -> None:
        """Takes over `store`; stands for election and moves what waits."""
        self.lock = FairLock()
        self._url = store.url
        self._store = store
        self._sequencer: Sequencer | None = None
        self._process = os.getpid()
        self._closed = False
        self._elect()
        self.drain(self.having)

    @property
    def sequencing(self) -> bool:
        """Whether this process has been elected."""
        return self._sequencer is not None

    @property
    def is_parents(self) -> bool:
        """Whether this process was forked from the one that opened the log."""
        return os.getpid() != self._process

    @property
    def closed(self) -> bool:
        """Whether nobody may write any more."""
        return self._closed

    @contextmanager
    def having(self) -> Iterator[Store]:
        """The store, for this thread alone; raises StoreError when the log is closed."""
        self.check_process()
        with self.lock:
            self._check_open()
            yield self._store

    def alone(self) -> AbstractContextManager[Store]:
        """The store after `shut`, when nobody else can have it any more."""
        return nullcontext(self._store)

    def check_process(self) -> None:
        """Returns in the process that opened the log; raises StoreError in a child of it."""
        # The lock is as some thread of the parent left it, and the database is not to be shared.
        if self.is_parents:
            raise StoreError("This audit log was opened before the process forked: a child opens it anew.")

    def size(self) -> int:
        """How many records are in the tree; with the lock."""
        if self._sequencer is not None:
            return self._sequencer.tip.frontier.size
        return read_state(self._store).size

    def put(self, entries: list[Entry]) -> None:
        """Commits entries; with the lock. Raises IdTaken and StoreError."""
        self._check_open()
        try:
            self._put(entries)
        except Gone:
            # Whether the commit came through is unknown. To add the same ids again is right in both cases.
            self._reopen()
            self._put(entries)

    @contextmanager
    def transaction(self) -> Iterator[tuple[Store, list[Entry]]]:
        """The store in a transaction, and a list: the entries put there are added when it commits."""
        with self.having():
            try:
                if self._sequencer is not None:
                    with self._sequencer.transaction() as entries:
                        yield self._store, entries
                else:
                    waits: list[Entry] = []
                    with self._store.transaction():
                        yield self._store, waits
                        append_within(self._store, waits)
            except Gone:
                with suppress(StoreError):  # the next one tries again
                    self._reopen()
                raise

    def tend(self) -> None:
        """Stands for election and moves what waits; a connection that is gone is made anew."""
        try:
            with self.having():
                self._elect()
            self.drain(self.having)
        except Gone:
            with self.having():
                self._reopen()

    def drain(self, having: Access) -> None:
        """Moves what waits in the intake now. What comes in meanwhile is for the next time.

        As long as others write there is always something in it: to go on until it is empty would never end.
        """
        with having() as store:
            if self._sequencer is None:
                return
            waits = waiting(store).count
        for _ in range(0, waits, DRAINED):
            with having():
                if self._sequencer is None or not self._sequencer.drain():
                    return

    def shut(self) -> bool:
        """Lets nobody else get at the store from here on; False when that was done before."""
        with self.lock:
            self._closed, before = True, self._closed
        return not before

    def close(self) -> None:
        """Lets go of the store, after `shut`."""
        self._store.close()

    def _put(self, entries: list[Entry]) -> None:
        if self._sequencer is not None:
            self._sequencer.append(entries)
        else:
            append_to(self._store, entries)

    def _elect(self) -> None:
        if self._sequencer is None and self._store.try_sequencer():
            self._sequencer = Sequencer(self._store)

    def _reopen(self) -> None:
        self._sequencer = None
        self._store.close()
        self._store = open_store(self._url)
        self._elect()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("This audit log has been closed.")
