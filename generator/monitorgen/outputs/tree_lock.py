"""One writer at a time below one folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["LOCK", "locked"]

LOCK = ".monitorgen-lock"
"""The lock file's name; it stands in the tree only while a build writes, or after one was killed."""


@contextmanager
def locked(directory: Path, wait_seconds: float) -> Iterator[bool]:
    """True while no other process holds the lock of `directory`; False if one kept it for `wait_seconds`.

    The system lets go of a lock when its process ends, however it ends. Raises OSError where the file
    cannot be made or the file system has no locks.
    """
    path = directory / LOCK
    deadline = time.monotonic() + wait_seconds
    while (held := _take(path)) is None:
        if time.monotonic() >= deadline:
            yield False
            return
        time.sleep(0.02)
    try:
        yield True
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(held)


def _take(path: Path) -> int | None:
    """A descriptor that holds the lock, or None when another process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The holder before us may have removed the file after we opened it: then we locked what others
        # no longer find.
        if os.path.samestat(os.fstat(descriptor), path.lstat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
