"""The receiver's database: one line of transactions that write, and any number that read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Store, StoreError, open_store
from monitorgen_exporters.audit.store.errors import TooNew
from monitorgen_exporters.receiver.tables import MIGRATIONS, VERSION, statements
from monitorgen_exporters.receiver.work import Follow, Recorder, Topic, Work

__all__ = ["Database"]

_IDLE = 8  # stores that are kept open for the next reader

Listener = Callable[[int], None]
"""Told of the number of the newest event after each commit that made one; returns at once."""


class Database:
    """The tables of the receiver beside an audit log, which it writes through and closes.

    Any thread may use it. What `write` has ended for is on the disk.
    """

    def __init__(
        self, log: AuditLog, url: str, recorder: Recorder, follow: Follow, clock: Callable[[], str] = now
    ) -> None:
        """Makes the tables where there are none; raises StoreError, TooNew among them.

        `clock` gives the time, as `audit.stamps.now` writes it.
        """
        self.log = log
        self.url = url
        self.clock = clock
        self.listeners: dict[Topic, list[Listener]] = {"events": [], "effects": [], "timers": []}
        """Who is told after each commit that made an event, planned an effect, or set a timer."""
        self._recorder = recorder
        self._follow = follow
        self._readers: LifoQueue[Store] = LifoQueue(_IDLE)
        with log.transaction() as (store, _):
            _migrate(store)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A transaction that others wait for: nothing slow belongs inside.

        Raises StoreError: then nothing of it happened, unless it is Gone, after which it may have. Any other
        exception from inside undoes all of it.
        """
        with self.log.transaction() as (store, entries):
            if store.dialect == "postgres":
                # SQLite has one writer at a time by itself.
                store.query("SELECT version FROM receiver_state WHERE one = 1 FOR UPDATE")
            work = Work(store, entries, self._recorder, self._follow, self.clock())
            before = work.seq
            yield work
            work.finish()
        if work.seq > before:
            work.stirred.add("events")
        for topic in work.stirred:
            for listener in self.listeners[topic]:
                listener(work.seq)

    @contextmanager
    def read(self) -> Iterator[Store]:
        """A store that cannot change anything; what it shows is committed. Raises StoreError."""
        try:
            store = self._readers.get_nowait()
        except Empty:
            store = open_store(self.url, readonly=True)
        try:
            yield store
        except StoreError:
            store.close()  # its connection may be gone: the next reader gets another
            raise
        except BaseException:
            self._put_back(store)
            raise
        self._put_back(store)

    def close(self) -> None:
        """Seals and closes the log; raises what hindered the sealing."""
        while True:
            try:
                self._readers.get_nowait().close()
            except Empty:
                break
        self.log.close()

    def _put_back(self, store: Store) -> None:
        try:
            self._readers.put_nowait(store)
        except Exception:
            store.close()


def _migrate(store: Store) -> None:
    there = (
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'receiver_state'"
        if store.dialect == "sqlite"
        else "SELECT 1 WHERE to_regclass('receiver_state') IS NOT NULL"
    )
    if store.dialect == "postgres":
        store.query("SELECT one FROM audit_state FOR UPDATE")  # one replica makes them, the others wait
    if not store.query(there):
        for statement in statements(store.dialect):
            store.execute(statement)
        store.execute("INSERT INTO receiver_state (one, version) VALUES (1, ?)", [VERSION])
        return
    ((version,),) = store.query("SELECT version FROM receiver_state")
    if version > VERSION:
        raise TooNew(
            f"{store.place} was written by a later version of monitorgen (receiver tables of version "
            f"{version}, this program knows {VERSION}): use that version, or a later one."
        )
    for step in range(version + 1, VERSION + 1):
        for statement in MIGRATIONS[step]:
            store.execute(statement)
    store.execute("UPDATE receiver_state SET version = ?", [VERSION])
