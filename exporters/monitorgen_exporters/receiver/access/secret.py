"""Secrets by reference, followed while they change: who rotates one writes a file, and restarts nothing."""

import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from monitorgen.vocabulary.secrets import SecretEnv, SecretFile

__all__ = ["Unreadable", "WatchedFile", "WatchedSecret"]

_LONGEST: Final = 64 * 1024
_TICK: Final = 2 * 10**9  # ns; Linux stamps files every 1 to 10 ms, FAT every two seconds
_Look = tuple[int, int, int, int, int]


class Unreadable(ValueError):  # noqa: N818 - says what it is
    """What is referred to is not there, or nothing of the kind; the text names the place, not the content."""


class WatchedFile:
    """The content of a file, read again when the file at that path is another or was changed.

    Any number of threads may use it.
    """

    def __init__(self, path: str | Path, *, longest: int = _LONGEST) -> None:
        self._path = path
        self._longest = longest
        self._last: tuple[bytes, _Look | None] = b"", None

    def read(self) -> bytes:
        """The content as it is now. Raises Unreadable."""
        try:
            last = self._last
            if _look(os.stat(self._path)) != last[1]:  # noqa: PTH116 - each request may come here
                self._last = last = self._fresh()
        except (OSError, ValueError) as fault:
            if isinstance(fault, Unreadable):
                raise
            why = fault.strerror if isinstance(fault, OSError) else str(fault)
            raise Unreadable(f"{self._path} cannot be read: {why}") from None
        return last[0]

    def _fresh(self) -> tuple[bytes, _Look | None]:
        now = time.time_ns()
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            # Looked at before it is read: what is written meanwhile looks different, and is read next time.
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable(f"{self._path} is no regular file")
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(self._longest + 1)
        finally:
            os.close(descriptor)
        if len(content) > self._longest:
            raise Unreadable(f"{self._path} is longer than {self._longest} bytes")
        # What is written again within a tick of the clock that stamps files may look as before. Of a file
        # server's clock we know nothing: it is not to be two seconds behind.
        is_settled = abs(now - found.st_ctime_ns) > _TICK
        return content, _look(found) if is_settled else None


class WatchedSecret:
    """A secret from a file or an environment variable, without the white space around it.

    It is never shown by `repr`, nor in an error, and cannot be pickled.
    """

    def __init__(
        self, reference: SecretFile | SecretEnv, *, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._file = WatchedFile(reference.file) if isinstance(reference, SecretFile) else None
        self._variable = "" if isinstance(reference, SecretFile) else reference.env
        self._environment = environment
        self.place = (
            reference.file
            if isinstance(reference, SecretFile)
            else f"the environment variable {reference.env}"
        )
        """Where it comes from, for messages."""

    def read(self) -> bytes:
        """The secret as it is now, never empty. Raises Unreadable."""
        if self._file is not None:
            found = self._file.read().strip()
        else:
            found = os.fsencode(self._environment.get(self._variable, "")).strip()
        if not found:
            raise Unreadable(f"{self.place} holds no secret: it is empty or not set")
        return found

    def __repr__(self) -> str:
        return f"WatchedSecret({self.place!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def _look(found: os.stat_result) -> _Look:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
