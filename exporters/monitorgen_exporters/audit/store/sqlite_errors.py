"""What SQLite's errors mean, for people and for those who have to know what to do next."""

import os
import re
import sqlite3
from pathlib import Path

from monitorgen_exporters.audit.store import errors

__all__ = ["told"]

_TAKEN = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


# No room shows as such an error where SQLite has not been told the reason. A reading fails for others.
_WRITING = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
)
_NO_TABLE = re.compile(r"no such table: (?:main\.)?(audit_\w+)")


def told(problem: sqlite3.Error, path: Path) -> errors.StoreError:
    """What an error of SQLite's means for whoever has a log at `path`, in words."""
    place = str(path)
    if isinstance(problem, sqlite3.ProgrammingError) and "closed" in str(problem):
        return errors.Gone(f"{place} has been closed.")
    code = getattr(problem, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    said = f"SQLite says: {problem}."
    match primary:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED | sqlite3.SQLITE_PROTOCOL:
            return errors.Locked(f"Another process is writing to {place} and did not finish in time. {said}")
        case sqlite3.SQLITE_FULL:
            return errors.Full(f"There is no room left for {place}: free some, then try again. {said}")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return errors.Refused(f"{place} may not be written by this process. {said}")
        case sqlite3.SQLITE_CANTOPEN if path.exists() and not _readable(path):
            return errors.Refused(
                f"{place} may not be read by this process: it belongs to another user. {said}"
            )
        case sqlite3.SQLITE_CANTOPEN:
            return errors.Gone(f"{place} cannot be opened: its folder must exist and be writable. {said}")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return errors.Damaged(f"{place} is not a SQLite database, or a broken one. {said}")
        case sqlite3.SQLITE_IOERR:
            if code in _WRITING and _no_room(path):
                return errors.Full(f"There is no room left for {place}: free some, then try again. {said}")
            return errors.Gone(
                f"{place} could not be read or written: the disk or its file system failed, which "
                f"the system's log tells more of. {said}"
            )
        case sqlite3.SQLITE_CONSTRAINT if code in _TAKEN:
            return errors.Duplicate(f"{place}: {problem}")
    if missing := _NO_TABLE.search(str(problem)):
        return errors.no_table(place, missing[1], "a SQLite database")
    return errors.StoreError(f"{place}: {said}")


def _readable(path: Path) -> bool:
    # Not by opening it: closing it again would end the locks that SQLite has on it for this process.
    return os.access(path, os.R_OK, effective_ids=True)


def _no_room(path: Path) -> bool:
    try:
        room = os.statvfs(path.parent)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < 1 << 20
