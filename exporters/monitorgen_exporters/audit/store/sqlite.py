"""A log in a SQLite file: write-ahead log, flushed to the disk at each commit."""

import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Self
from urllib.parse import quote

from monitorgen_exporters.audit.inherited import keep_from_children, release
from monitorgen_exporters.audit.store import errors
from monitorgen_exporters.audit.store.base import Row
from monitorgen_exporters.audit.store.sqlite_errors import told
from monitorgen_exporters.audit.store.tables import TABLES, Table

__all__ = ["SQLiteStore"]

_WAIT = 30.0  # seconds to wait for another process's transaction
_TOGETHER = (100, 10, 1)  # rows of one statement
_WAL_PAGES = 2000  # of the write-ahead log before it goes into the file: 8 MB
_LOOK = 0.001  # seconds between two looks whether it is one's turn


class SQLiteStore:
    """`Store` over a file; with `readonly`, one that cannot change anything even where it might."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, readonly: bool, create: bool, wait: float = _WAIT) -> None:
        self._path = path
        self._wait = wait
        self._lock: int | None = None
        self._turns: int | None = None
        self.place = str(path)
        self.url = f"sqlite:///{path.absolute()}"
        _check_file(path, create)
        if create:
            # What a log holds is not for everybody on the machine. SQLite's other files get the same rights.
            # A file that is there is not touched: closing it would end all locks that SQLite has on it for
            # this process (fcntl's locks are of the process and the file, not of the descriptor).
            with suppress(OSError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            self._connection = sqlite3.connect(
                _uri(path, readonly, create),
                uri=True,
                timeout=wait,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
        except sqlite3.Error as problem:
            raise told(problem, self._path) from problem
        try:
            self._set_up(readonly)
        except BaseException:
            self._connection.close()
            raise

    def _set_up(self, readonly: bool) -> None:
        self.execute("PRAGMA cache_size = -16384")
        if readonly:
            self.execute("PRAGMA query_only = ON")
            return
        ((mode,),) = self.query("PRAGMA journal_mode = WAL")
        if mode != "wal":
            raise errors.Refused(
                f"The file system that holds {self.place} has no shared memory, which SQLite's write-ahead "
                "log needs: put the log on a local disk."
            )
        # Pages that are written again and again, those of indexes, go into the file once for many commits.
        self.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        # FULL flushes the log of each transaction before COMMIT returns. NORMAL would lose the newest records
        # at a power cut, after they were acknowledged.
        self.execute("PRAGMA synchronous = FULL")
        self.execute("PRAGMA secure_delete = ON")  # what is erased or pruned is overwritten, too

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as problem:
            raise told(problem, self._path) from problem

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        try:
            return self._connection.execute(sql, parameters).rowcount
        except sqlite3.Error as problem:
            raise told(problem, self._path) from problem

    def insert(self, table: str | Table, rows: Iterable[Sequence[object]]) -> None:
        to = TABLES[table] if isinstance(table, str) else table
        width = len(to.columns)
        left = list(chain.from_iterable(rows))
        for place, kind in enumerate(to.columns.values()):
            if kind == "bytea":
                # sqlite3 asks its adapters about bytes, which takes longer than all the rest of binding them.
                left[place::width] = [
                    bytearray(value) if type(value) is bytes else value for value in left[place::width]
                ]
        at = 0
        try:
            # In few sizes, so that the statements stay prepared.
            for size in _TOGETHER:
                while len(left) - at >= size * width:
                    self._connection.execute(_insertion(to, size), left[at : at + size * width])
                    at += size * width
        except sqlite3.Error as problem:
            raise told(problem, self._path) from problem

    @contextmanager
    def transaction(self) -> Iterator[None]:
        # IMMEDIATE takes the write lock at once: a transaction that reads first and writes later would be
        # refused without waiting when somebody else wrote in between.
        with self._turn():
            self.execute("BEGIN IMMEDIATE")
        with self._begun():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self.execute("BEGIN")
        with self._begun():
            self.query("SELECT one FROM audit_state")  # the moment is that of the first reading
            yield

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Held from asking for the write lock to having it.

        Who waits for SQLite's lock looks again now and then, and a process that writes all the time has
        mostly taken it again by then. Here such a process has to ask for its turn, and finds that taken.
        """
        if self._turns is None:
            self._turns = self._lock_file("turn")
        until = time.monotonic() + self._wait
        while True:
            try:
                fcntl.flock(self._turns, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise errors.Locked(f"Others have been writing to {self.place} for too long.") from None
                time.sleep(_LOOK)
        try:
            yield
        finally:
            fcntl.flock(self._turns, fcntl.LOCK_UN)

    @contextmanager
    def _begun(self) -> Iterator[None]:
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            # Some errors have SQLite roll back by itself; then there is nothing left to roll back. Nor is
            # there anything without a connection.
            with suppress(sqlite3.ProgrammingError):
                if self._connection.in_transaction:
                    self.execute("ROLLBACK")
            raise

    def try_sequencer(self) -> bool:
        if self._lock is not None:
            return True
        lock = self._lock_file("sequencer")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _close(lock)
            return False
        self._lock = lock
        return True

    def _lock_file(self, name: str) -> int:
        """A file beside the log, opened to be locked: the lock ends with this process at the latest."""
        path = f"{self._path}-{name}"
        try:
            return keep_from_children(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as problem:
            raise errors.Refused(
                f"{path}, a lock of the log, cannot be opened: {problem.strerror}."
            ) from problem

    def close(self) -> None:
        # The write-ahead log is merged into the file by the last connection that closes.
        self._connection.close()
        for lock in (self._lock, self._turns):
            if lock is not None:
                _close(lock)
        self._lock = self._turns = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


def _check_file(path: Path, create: bool) -> None:
    """Returns where SQLite may be asked for `path`; what is no file is told better than it does."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if create:
            return
        raise errors.NotFound(f"There is no audit log at {path}: the file does not exist.") from None
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise errors.Refused(f"{path} cannot be looked at: {why}.") from None
    if stat.S_ISDIR(mode):
        raise errors.Refused(f"{path} is a directory: name the file of the audit log in it.")
    if not stat.S_ISREG(mode):
        raise errors.Refused(f"{path} is no regular file, so it is no audit log: name another.")


def _uri(path: Path, readonly: bool, create: bool) -> str:
    mode = "ro" if readonly else "rwc" if create else "rw"
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    # A write-ahead log needs a file of shared memory beside it. Where that cannot be made and there is no
    # such log either (a copy on read-only media), nobody writes, and SQLite may take the file as it is.
    if readonly and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        uri += "&immutable=1"
    return uri


def _close(lock: int) -> None:
    release(lock)
    os.close(lock)


@cache
def _insertion(to: Table, rows: int) -> str:
    row = f"({', '.join('?' * len(to.columns))})"
    return f"INSERT INTO {to.name} ({', '.join(to.columns)}) VALUES {', '.join([row] * rows)}"  # noqa: S608
