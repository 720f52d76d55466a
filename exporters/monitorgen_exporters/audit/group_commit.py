"""Group commit: threads that append at the same time share a transaction, and its flush to the disk."""

from collections import deque
from collections.abc import Callable

from monitorgen_exporters.audit.entry import Entry, IdTaken
from monitorgen_exporters.audit.fair_lock import FairLock
from monitorgen_exporters.audit.store.errors import Gone, StoreError

__all__ = ["TOGETHER", "GroupCommit"]

TOGETHER = 1000
"""Most records of one transaction."""


class _Group:
    """The records of one call, on their way through a commit they share with those of others."""

    __slots__ = ("done", "entries", "error")

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.done = False
        self.error: Exception | None = None


class GroupCommit:
    """Gathers what is written while a commit is under way, and has it committed by the next one.

    `commit` is called with the lock held, by whichever thread has it; it keeps all entries or raises.
    """

    def __init__(self, lock: FairLock, commit: Callable[[list[Entry]], None]) -> None:
        self._lock = lock
        self._commit = commit
        self._queue: deque[_Group] = deque()

    @property
    def gathered(self) -> int:
        """How many calls wait for the next commit."""
        return len(self._queue)

    def write(self, entries: list[Entry]) -> None:
        """Returns once these are committed; raises what kept them, and only them, from being so."""
        group = _Group(entries)
        self._queue.append(group)
        with self._lock:
            while not group.done:
                self._write(self._next())
        if group.error is not None:
            raise group.error

    def _next(self) -> list[_Group]:
        groups = [self._queue.popleft()]
        count = len(groups[0].entries)
        while self._queue and count + len(self._queue[0].entries) <= TOGETHER:
            groups.append(self._queue.popleft())
            count += len(groups[-1].entries)
        return groups

    def _write(self, groups: list[_Group]) -> None:
        try:
            self._commit([entry for group in groups for entry in group.entries])
        except IdTaken as problem:
            if len(groups) == 1:
                groups[0].error = problem
            else:  # the others are not to suffer for it
                for group in groups:
                    self._write([group])
        except Exception as problem:
            for group in groups:
                group.error = _again(problem)
        except BaseException:
            for group in groups:
                group.error = Gone("The process was interrupted while it was writing to the audit log.")
            raise
        finally:
            for group in groups:
                group.done = True


def _again(problem: Exception) -> Exception:
    """The same error once more: one exception cannot be raised in several threads."""
    made: Exception
    try:
        made = type(problem)(*problem.args)
    except Exception:  # its class takes other arguments than it keeps
        made = StoreError(f"{type(problem).__name__}: {problem}")
    made.__cause__ = problem
    return made
