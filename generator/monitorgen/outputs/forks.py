"""Forks of this process, which do part of its work on another processor and send back what they made.

Safe because the compiler has no threads: a fork has a copy of all that was read and planned so far, and
nothing has to be started or imported anew.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final

__all__ = ["Fork", "processors"]

_PIPE: Final = 1 << 20
"""Bytes on their way from a fork, which waits while its pipe is full: what Linux lets anybody ask for."""

_readers: Final[set[int]] = set()


def processors() -> int:
    """How many processes can work at once; 1 where there are no forks, or none that are safe."""
    # Windows has none. On macOS the system's own libraries start threads.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


class Fork:
    """A running fork. `results` is what it sends; it ends early when it was killed, for whatever reason."""

    def __init__(self, work: Callable[[IO[bytes]], None]) -> None:
        """Has a fork do `work`, which writes its results; it never returns from there."""
        receive, send = os.pipe()
        _widen(send)
        self._child = os.fork()
        if self._child == 0:
            _work(work, send, receive)
        os.close(send)
        _readers.add(receive)
        self.results: IO[bytes] = os.fdopen(receive, "rb", _PIPE)

    def end(self) -> None:
        """Waits for it to end, as it does at once when nobody reads what it sends. Once is enough."""
        _readers.discard(self.results.fileno())
        self.results.close()
        os.waitpid(self._child, 0)


def _work(work: Callable[[IO[bytes]], None], send: int, receive: int) -> None:
    try:
        # A pipe breaks when its last reader goes: no fork may be one.
        for reader in (receive, *_readers):
            os.close(reader)
        with os.fdopen(send, "wb") as results:
            work(results)
    finally:
        os._exit(0)  # not through what the parent has yet to clean up


def _widen(pipe: int) -> None:
    import fcntl  # where there are forks

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
