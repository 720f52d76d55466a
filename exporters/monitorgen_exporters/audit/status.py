"""How a log is doing, and what goes wrong where nobody waits for it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from monitorgen_exporters.audit.guard import GuardError
from monitorgen_exporters.audit.store import StoreError

__all__ = ["Status", "Troubles"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How a log is doing, for metrics: everything here is about this moment."""

    size: int
    waiting: int
    """Records in the intake: durable, and not yet in the tree."""
    waiting_since: str | None
    """When the oldest of those came in; None without any."""
    sequencing: bool
    """Whether this process is the one that builds the tree."""
    trouble: str | None
    """What last went wrong in the background, and still does; None when all is well."""


class Troubles:
    """What failed, by what was being done, until that succeeds."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    @property
    def first(self) -> str | None:
        """The trouble that there has been for the longest time."""
        return next(iter(list(self._known.values())), None)

    def over(self, what: str) -> None:
        """That succeeded."""
        self._known.pop(what, None)

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Keeps a failure of the block for `first`, whatever it is, and logs it once."""
        try:
            yield
            self.over(what)
        except Exception as problem:  # the thread goes on, and so do those who append
            foreseen = isinstance(problem, StoreError | GuardError)
            said = str(problem) if foreseen else f"{type(problem).__name__}: {problem}"
            if self._known.get(what) != said:
                _logger.error("audit log: %s", said, exc_info=None if foreseen else problem)
            self._known[what] = said
