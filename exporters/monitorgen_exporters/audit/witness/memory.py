"""What a witness remembers: the newest checkpoint it cosigned of each log, and proof of what it refused.

The check of the old size, the check of the proof, and the storing of the new checkpoint are one transaction,
durable before the cosignature leaves the house. A witness that lost its memory could be talked into cosigning
another history, so the file is made once, by `create`, and never silently anew.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.tree import EMPTY_ROOT, ProofError, verify_consistency

__all__ = ["Memory", "MemoryTrouble", "ProofRejected", "Remembered", "SizeConflict"]

_VERSION: Final = 1
_MOST_EVIDENCE: Final = 1000
"""Refusals kept; whoever holds a log's key could fill the disk else. The first ones tell the most."""
_TABLES: Final = (
    """CREATE TABLE latest (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
        ts TEXT NOT NULL)""",
    """CREATE TABLE evidence (
        seq INTEGER PRIMARY KEY, origin TEXT NOT NULL, why TEXT NOT NULL, submission BLOB NOT NULL,
        ts TEXT NOT NULL)""",
    f"PRAGMA user_version = {_VERSION}",
)


class MemoryTrouble(Exception):  # noqa: N818 - the three below say what stands in the way
    """The file cannot be read or written; the text says why."""


class SizeConflict(Exception):  # noqa: N818
    """The old size is not that of the newest checkpoint, or the root is not; `size` is what is known."""

    def __init__(self, size: int, why: str) -> None:
        super().__init__(why)
        self.size = size


class ProofRejected(Exception):  # noqa: N818
    """The checkpoint was not shown to continue the newest one."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest checkpoint of a log that was cosigned: its note with our cosignature, and when."""

    origin: str
    size: int
    note: bytes
    ts: str


class Memory:
    """An open memory, for any number of threads. Every method raises MemoryTrouble."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path) -> "Memory":
        """A new and empty memory. Raises MemoryTrouble when the file is there already."""
        try:
            path.touch(0o600, exist_ok=False)
        except FileExistsError:
            raise MemoryTrouble(f"{path} is there already: a witness never starts over") from None
        except OSError as problem:
            raise MemoryTrouble(f"cannot make {path}: {problem.strerror}") from problem
        with _told(path):
            connection = _connect(path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute("COMMIT")
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path) -> "Memory":
        """The memory in this file. Raises MemoryTrouble when it is not there or is none."""
        if not path.is_file():
            raise MemoryTrouble(
                f"{path} is not there. A new witness is made with `witness init`; one that lost its memory "
                "has to be retired, and its key with it: it could cosign another history"
            )
        with _told(path):
            connection = _connect(path)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            connection.close()
            raise MemoryTrouble(f"{path} is not the memory of a witness of this version (found {version})")
        return cls(connection, path)

    def advance(
        self, old: int, proof: Sequence[bytes], new: Checkpoint, cosign: Callable[[], tuple[bytes, bytes]]
    ) -> bytes:
        """Remembers `new` and returns its cosignature lines, durably, or raises and remembers nothing of it.

        `cosign` gives the signature lines and the note with them in it; it is called once all checks have
        passed. Raises SizeConflict and ProofRejected.
        """
        with self._lock, _told(self._path), self._transaction():
            found = self._connection.execute(
                "SELECT size, root FROM latest WHERE origin = ?", (new.origin,)
            ).fetchone()
            size, root = found or (0, EMPTY_ROOT)
            if old != size:
                raise SizeConflict(size, f"the newest cosigned size is {size}, not {old}")
            _check(old, root, new, proof)
            lines, note = cosign()
            self._connection.execute(
                "INSERT INTO latest VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET "
                "size = excluded.size, root = excluded.root, note = excluded.note, ts = excluded.ts",
                (new.origin, new.size, new.root, note, _now()),
            )
        return lines

    def keep_evidence(self, origin: str, why: str, submission: bytes) -> None:
        """Keeps a submission that a log's key signed and that contradicts what the log had shown before."""
        with self._lock, _told(self._path), self._transaction():
            self._connection.execute(
                "INSERT INTO evidence (origin, why, submission, ts) SELECT ?, ?, ?, ? "
                "WHERE (SELECT COUNT(*) FROM evidence) < ? "
                "AND NOT EXISTS (SELECT 1 FROM evidence WHERE submission = ?)",
                (origin, why, submission, _now(), _MOST_EVIDENCE, submission),
            )

    def remembered(self, origin: str | None = None) -> list[Remembered]:
        """The newest checkpoint of each log, or of one; logs never seen are not in it."""
        where, values = ("", ()) if origin is None else (" WHERE origin = ?", (origin,))
        with self._lock, _told(self._path):
            rows = self._connection.execute(
                f"SELECT origin, size, note, ts FROM latest{where} ORDER BY origin",  # noqa: S608 - no input
                values,
            ).fetchall()
        return [Remembered(*row) for row in rows]

    def evidence(self) -> list[tuple[str, str, str, bytes]]:
        """What was refused and tells of tampering: origin, time, reason, submission; the oldest first."""
        with self._lock, _told(self._path):
            return self._connection.execute(
                "SELECT origin, ts, why, submission FROM evidence ORDER BY seq"
            ).fetchall()

    def evidence_count(self) -> int:
        """How many submissions are kept as evidence."""
        with self._lock, _told(self._path):
            (count,) = self._connection.execute("SELECT COUNT(*) FROM evidence").fetchone()
        return int(count)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _check(old: int, root: bytes, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raises unless `new` is shown to continue the tree of size `old` with this root."""
    if new.size == old and new.root != root:
        if old == 0:
            raise ProofRejected("the root of size 0 is not that of the empty tree")
        raise SizeConflict(old, f"another root was cosigned for size {old}")
    try:
        if old == 0 or new.size == old:
            # Every tree continues the empty one and itself; there is nothing to prove.
            if proof:
                raise ProofError("the proof has to be empty")
        else:
            verify_consistency(old, root, new.size, new.root, proof)
    except ProofError as problem:
        raise ProofRejected(str(problem)) from problem


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        raise MemoryTrouble(f"{path}: {problem}") from problem


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
