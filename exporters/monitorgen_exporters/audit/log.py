"""`AuditLog`: what a program that has something to record works with."""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Self

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.entry import Entry, IdTaken, entry_of, new_entry
from monitorgen_exporters.audit.guard import GuardError
from monitorgen_exporters.audit.intake import append_to, waiting
from monitorgen_exporters.audit.issuing import Issuer, Signer, check_guard, newest_checkpoint
from monitorgen_exporters.audit.record import Record
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.store import Store, StoreError, create_store, open_store
from monitorgen_exporters.audit.store.errors import Gone
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.tree import EMPTY_ROOT, Frontier

__all__ = ["AuditLog", "Status"]

_TOGETHER = 1000  # most records of one transaction
_TICK = 0.25  # seconds between two looks at the intake
_PATIENCE = 5.0  # seconds after which a checkpoint that failed is tried again

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How a log is doing, for metrics: everything here is about this moment."""

    size: int
    waiting: int
    """Records in the intake: durable, and not yet in the tree."""
    waiting_since: str | None
    """When the oldest of those came in; None without any."""
    sequencing: bool
    """Whether this process is the one that builds the tree."""
    trouble: str | None
    """What last went wrong in the background, and still does; None when all is well."""


class _Group:
    """The records of one call, on their way through a commit they share with those of others."""

    __slots__ = ("done", "entries", "error")

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.done = False
        self.error: Exception | None = None


class AuditLog:
    """A log, open for appending; any number of threads and processes may have one open.

    One process builds the tree, the others hand it their records through the intake; which one that is they
    find out by themselves, and another takes over when it ends. What `append` has returned for is durable.

    Threads that append at the same time share a commit: while one is being written, the next gathers.
    """

    def __init__(self, store: Store, signer: Signer | None = None, *, background: bool = True) -> None:
        """Takes over `store`, which it closes. `open` and `create` are how to get one."""
        self._url = store.url
        self._store = store
        self._signer = signer
        self._issuer = None if signer is None else Issuer(signer, store)
        self._sequencer: Sequencer | None = None
        self._queue: deque[_Group] = deque()
        self._lock = threading.Lock()  # whoever holds it has the store and the sequencer
        self._closed = False
        self._troubles: dict[str, str] = {}
        self._ending = threading.Event()
        self._elect()
        self._thread = threading.Thread(target=self._tend, name="audit-log", daemon=True)
        if background:
            self._thread.start()

    @classmethod
    def create(
        cls,
        url: str,
        *,
        origin: str,
        signer: Signer | None = None,
        first: Record | Entry | None = None,
        background: bool = True,
    ) -> Self:
        """A new log at `url`, called `origin`, whose first record is `first`, or else one of its creation.

        Raises StoreError, AlreadyThere among them, and GuardRefusal when the guard knows that origin of a log
        that has records.
        """
        beginning = new_entry(type="log.created", actor="system:audit", subject=f"log:{origin}")
        if signer is not None:
            signer.guard.begin(Checkpoint(origin, 0, EMPTY_ROOT))
        log = cls(create_store(url, origin), signer, background=background)
        try:
            log.append_many([first or beginning])
        except BaseException:
            log.close()
            raise
        return log

    @classmethod
    def open(cls, url: str, *, signer: Signer | None = None, background: bool = True) -> Self:
        """The log at `url`, checked to end as it says it does and to continue what `signer` signed before.

        Without a signer this process adds records and seals nothing. `background=False` leaves it to the
        caller to call `tend` now and then. Raises StoreError, GuardRefusal and GuardError.
        """
        store = open_store(url)
        try:
            if signer is not None:
                check_guard(store, signer.guard)
            return cls(store, signer, background=background)
        except BaseException:
            store.close()
            raise

    def append(
        self,
        *,
        type: str,
        actor: str,
        subject: str,
        data: Mapping[str, Json] | None = None,
        personal: Mapping[str, Json] | None = None,
        id: str | None = None,
    ) -> str:
        """The id of a record of something that happens now, once it is durable.

        `personal` are values by path that the record only commits to, and that can be erased. Appending an
        `id` of the caller's again changes nothing. Raises BadRecord, IdTaken, and StoreError: then the record
        was not kept, unless that is Gone, after which to append the same id again is right.
        """
        entry = new_entry(type=type, actor=actor, subject=subject, data=data, personal=personal, id=id)
        self._write([entry])
        return entry.record.id

    def append_many(self, records: Iterable[Record | Entry]) -> list[str]:
        """The ids of records, once they are durable: each thousand together, or none of that thousand.

        Raises as `append` does.
        """
        ids: list[str] = []
        for some in _pieces(records):
            self._write(some)
            ids += [entry.record.id for entry in some]
        return ids

    @property
    def size(self) -> int:
        """How many records have their place in the tree."""
        with self._lock:
            return self._size()

    @property
    def root(self) -> bytes:
        """The root of the tree over them."""
        with self._lock:
            self._check_open()
            return Frontier.from_bytes(read_state(self._store).frontier).root()

    def checkpoint(self) -> bytes | None:
        """The signed note over all records that are committed now; without a signer, the newest one kept.

        Raises StoreError, GuardRefusal and GuardError.
        """
        with self._lock:
            self._check_open()
            self._drain()
            if self._issuer is not None:
                note = self._issuer.issue(self._store)
                self._troubles.pop("sealing", None)
                return note
            return newest_checkpoint(self._store)

    def status(self) -> Status:
        """How the log is doing; raises StoreError when it cannot be asked."""
        with self._lock:
            self._check_open()
            wait = waiting(self._store)
            trouble = next(iter(self._troubles.values()), None)
            return Status(self._size(), wait.count, wait.since, self._sequencer is not None, trouble)

    def tend(self) -> None:
        """Does what the background thread does several times a second: elects, drains, seals what is due.

        Raises StoreError; a checkpoint that could not be made is told by `status`.
        """
        with self._lock:
            if not self._closed:
                try:
                    self._elect()
                    self._drain()
                except Gone:
                    self._reopen()
                self._seal_if_due()

    def close(self) -> None:
        """Moves what waits into the tree, seals it, and lets go of the log. A second call does nothing.

        Raises what hindered the sealing; the log is closed all the same.
        """
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                self._drain()
                if self._sequencer is not None and self._issuer is not None:
                    self._issuer.issue(self._store)
            finally:
                self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def _write(self, entries: list[Entry]) -> None:
        group = _Group(entries)
        self._queue.append(group)
        with self._lock:
            while not group.done:
                self._write_groups(self._next_groups())
        if group.error is not None:
            raise group.error

    def _next_groups(self) -> list[_Group]:
        groups = [self._queue.popleft()]
        count = len(groups[0].entries)
        while self._queue and count + len(self._queue[0].entries) <= _TOGETHER:
            groups.append(self._queue.popleft())
            count += len(groups[-1].entries)
        return groups

    def _write_groups(self, groups: list[_Group]) -> None:
        try:
            self._check_open()
            self._commit([entry for group in groups for entry in group.entries])
        except IdTaken as problem:
            if len(groups) == 1:
                groups[0].error = problem
            else:  # the others are not to suffer for it
                for group in groups:
                    self._write_groups([group])
        except Exception as problem:
            for group in groups:
                # One exception cannot be raised in several threads: each gets its own, from the same cause.
                group.error = type(problem)(*problem.args)
                group.error.__cause__ = problem
        except BaseException:
            for group in groups:
                group.error = Gone("The process was interrupted while it was writing to the audit log.")
            raise
        finally:
            for group in groups:
                group.done = True
        self._seal_if_due()

    def _commit(self, entries: list[Entry]) -> None:
        try:
            self._put(entries)
        except Gone:
            # Whether the commit came through is unknown. To add the same ids again is right in both cases.
            self._reopen()
            self._put(entries)

    def _put(self, entries: list[Entry]) -> None:
        if self._sequencer is not None:
            self._sequencer.append(entries)
        else:
            append_to(self._store, entries)

    def _reopen(self) -> None:
        self._sequencer = None
        self._store.close()
        self._store = open_store(self._url)
        self._elect()

    def _elect(self) -> None:
        if self._sequencer is None and self._store.try_sequencer():
            self._sequencer = Sequencer(self._store)
            self._drain()  # what waits came before whatever this process will append

    def _drain(self) -> None:
        if self._sequencer is not None:
            while self._sequencer.drain():
                pass

    def _seal_if_due(self) -> None:
        if self._issuer is None or self._sequencer is None or not self._issuer.due(self._size()):
            return
        self._issuer.postpone(_PATIENCE)
        with self._told("sealing"):
            self._issuer.issue(self._store)

    def _size(self) -> int:
        self._check_open()
        if self._sequencer is not None:
            return self._sequencer.tip.frontier.size
        return read_state(self._store).size

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("This audit log has been closed.")

    def _tend(self) -> None:
        while not self._ending.wait(_TICK):
            with self._told("tending"):
                self.tend()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Keeps the failure of something that nobody waits for, for `status`, and logs it once."""
        try:
            yield
            self._troubles.pop(what, None)
        except (StoreError, GuardError) as problem:
            if self._troubles.get(what) != str(problem):
                _logger.error("audit log: %s", problem)
            self._troubles[what] = str(problem)


def _pieces(records: Iterable[Record | Entry]) -> Iterator[list[Entry]]:
    waiting_ones = iter(records)
    while some := [
        record if isinstance(record, Entry) else entry_of(record)
        for record in islice(waiting_ones, _TOGETHER)
    ]:
        yield some
