"""A lock that is had in the order it was asked for."""

import threading
from collections import deque
from typing import Self

__all__ = ["FairLock"]


class FairLock:
    """A lock for threads, not to be taken twice by one: whoever lets go hands it to whoever waits longest.

    With `threading.Lock` a thread that lets go and asks again at once has mostly got it again before a
    waiting thread has woken up, so that one that never stops writing would keep all others waiting.
    """

    __slots__ = ("_held", "_inner", "_waiting")

    def __init__(self) -> None:
        self._inner = threading.Lock()  # held for a few instructions only
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self) -> None:
        """Returns once this thread has the lock."""
        with self._inner:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:  # interrupted: nobody may hand the lock to a thread that is not there
            with self._inner:
                still = turn in self._waiting
                if still:
                    self._waiting.remove(turn)
            if not still:
                self.release()
            raise

    def release(self) -> None:
        """Hands the lock on."""
        with self._inner:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *problem: object) -> None:
        self.release()
