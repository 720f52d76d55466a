"""`AuditLog`: what a program that has something to record works with.

Locks, in the order in which they are taken. Whoever holds one waits for none that stands before it here, so
that no two can wait for each other:

1. the sealing of an `AuditLog` (a thread's): one checkpoint at a time;
2. the guard's lock file: held by `Guard` alone, which waits for nothing else while it has it;
3. the store of an `AuditLog` (a thread's, `FairLock`): whoever has it may use store and sequencer. It is
   never held while the guard is waited for, nor for more than one transaction by what goes on in the
   background;
4. SQLite's lock file of turns: held from asking for the write lock to having it;
5. the database's own locks: held for a transaction, in which nothing but the database is waited for.

The sequencer's lock is tried and never waited for. Guard, turns and database are waited for with a limit.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Self

from monitorgen_exporters.audit.adding import begin
from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.declared import is_reserved, refuse_reserved
from monitorgen_exporters.audit.entry import Entry, entry_of, new_entry
from monitorgen_exporters.audit.group_commit import TOGETHER, GroupCommit
from monitorgen_exporters.audit.intake import waiting
from monitorgen_exporters.audit.issuing import Issuer, Signer, check_guard, newest_checkpoint
from monitorgen_exporters.audit.record import Record
from monitorgen_exporters.audit.status import Status, Troubles
from monitorgen_exporters.audit.store import Store, create_store, open_store
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.tree import EMPTY_ROOT, Frontier
from monitorgen_exporters.audit.writer import Writer

__all__ = ["AuditLog", "Status"]

_TICK = 0.25  # seconds between two looks at the intake
_RETRY = 5.0  # seconds after which a checkpoint that failed is tried again
_PATIENCE = 2.0  # seconds that a checkpoint nobody asked for waits for a guard that another process holds


class AuditLog:
    """A log, open for appending; any number of threads and processes may have one open.

    One process builds the tree, the others hand it their records through the intake; which one that is they
    find out by themselves, and another takes over when it ends. What `append` has returned for is durable.

    Threads that append at the same time share a commit: while one is being written, the next gathers. A
    process that forks and goes on in the child opens the log anew there.
    """

    def __init__(self, store: Store, signer: Signer | None = None, *, background: bool = True) -> None:
        """Takes over `store`, which it closes. `open` and `create` are how to get one."""
        self._issuer = None if signer is None else Issuer(signer, store)
        self._writer = Writer(store)
        self._commits = GroupCommit(self._writer.lock, self._commit)
        self._sealing = threading.Lock()
        self._troubles = Troubles()
        self._background = background
        self._due = False
        self._ending = False
        self._woken = threading.Event()
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

        The log and that record are made together, so that no log is without one.
        Raises StoreError, AlreadyThere among them, and GuardRefusal when the guard knows that origin of a log
        that has records.
        """
        entry = (
            new_entry(type="log.created", actor="system:audit", subject=f"log:{origin}")
            if first is None
            else _entry(first)
        )
        if signer is not None:
            signer.guard.begin(Checkpoint(origin, 0, EMPTY_ROOT))
        store = create_store(url, origin, lambda store: begin(store, origin, entry))
        try:
            return cls(store, signer, background=background)
        except BaseException:
            store.close()
            raise

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
        `id` of the caller's again changes nothing. Raises BadRecord, also for a type that the log keeps to
        itself, IdTaken, and StoreError: then the record was not kept, unless that is Gone, after which to
        append the same id again is right.
        """
        refuse_reserved(type)
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

    def declare(self, said: Iterable[Entry]) -> list[str]:
        """As `append_many`, for what was done to the log itself: prunings, erasures, changes of keys.

        Only the modules that do such a thing call it.
        """
        ids: list[str] = []
        entries = iter(said)
        while some := list(islice(entries, TOGETHER)):
            self._write(some)
            ids += [entry.record.id for entry in some]
        return ids

    @contextmanager
    def transaction(self) -> Iterator[tuple[Store, list[Entry]]]:
        """A transaction for a program's own tables in the log's database, and for records of what it does.

        Gives the store, and a list for entries, each with an id of its own. When the block ends, everything
        is committed together, durably, and nothing when it raises. Others wait meanwhile, so nothing slow
        belongs inside. Raises StoreError: nothing was written then, unless it is Gone, which leaves it open.
        """
        with self._writer.transaction() as (store, entries):
            yield store, entries
            for entry in entries:
                refuse_reserved(entry.record.type)
        with self._writer.having():
            self._due = self._is_due()
        self._seal_if_due()

    @property
    def size(self) -> int:
        """How many records have their place in the tree."""
        with self._writer.having():
            return self._writer.size()

    @property
    def root(self) -> bytes:
        """The root of the tree over them."""
        with self._writer.having() as store:
            return Frontier.from_bytes(read_state(store).frontier).root()

    def checkpoint(self) -> bytes | None:
        """The signed note over all records that are committed now; without a signer, the newest one kept.

        Raises StoreError, GuardRefusal and GuardError.
        """
        self._writer.drain(self._writer.having)
        if self._issuer is None:
            with self._writer.having() as store:
                return newest_checkpoint(store)
        with self._sealing:
            note = self._issuer.issue(self._writer.having)
        self._troubles.over("sealing")
        return note

    def status(self) -> Status:
        """How the log is doing; raises StoreError when it cannot be asked."""
        with self._writer.having() as store:
            wait = waiting(store)
            return Status(
                self._writer.size(), wait.count, wait.since, self._writer.sequencing, self._troubles.first
            )

    def tend(self) -> None:
        """Does what the background thread does several times a second: elects, drains, seals what is due.

        Raises StoreError; a checkpoint that could not be made is told by `status`.
        """
        if self._writer.closed:
            return
        self._writer.tend()
        with self._writer.having():
            due = self._is_due()
        if due:
            self._seal()

    def close(self) -> None:
        """Moves what waits into the tree, seals it, and lets go of the log. A second call does nothing.

        Raises what hindered the sealing; the log is closed all the same. In a process that was forked from
        the one that opened the log this does nothing.
        """
        if self._writer.is_parents:
            return
        self._ending = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        if not self._writer.shut():
            return
        try:
            self._writer.drain(self._writer.alone)
            if self._writer.sequencing and self._issuer is not None:
                with self._sealing:
                    self._issuer.issue(self._writer.alone)
        finally:
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def _write(self, entries: list[Entry]) -> None:
        self._writer.check_process()
        self._commits.write(entries)
        self._seal_if_due()

    def _seal_if_due(self) -> None:
        if self._due:
            if self._background:
                self._woken.set()
            else:
                self._seal()

    def _commit(self, entries: list[Entry]) -> None:
        self._writer.put(entries)
        self._due = self._is_due()

    def _is_due(self) -> bool:
        """Whether a checkpoint is; with the lock."""
        return self._issuer is not None and self._writer.sequencing and self._issuer.due(self._writer.size())

    def _seal(self) -> None:
        """Makes a checkpoint that nobody waits for; while the guard is waited for, others append."""
        assert self._issuer is not None
        with self._sealing, self._troubles.told("sealing"):
            self._due = False
            self._issuer.postpone(_RETRY)
            self._issuer.issue(self._writer.having, patience=_PATIENCE)

    def _tend(self) -> None:
        while True:
            self._woken.wait(_TICK)
            self._woken.clear()
            if self._ending:
                return
            with self._troubles.told("tending"):
                self.tend()


def _pieces(records: Iterable[Record | Entry]) -> Iterator[list[Entry]]:
    waiting_ones = iter(records)
    while some := [_entry(record) for record in islice(waiting_ones, TOGETHER)]:
        for entry in some:
            if is_reserved(type := entry.record.type):
                refuse_reserved(type)
        yield some


def _entry(record: Record | Entry) -> Entry:
    return record if isinstance(record, Entry) else entry_of(record)
