"""What a runner counts, for whoever shows it: plain numbers that any thread may read."""

import threading
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

__all__ = ["LATENESS", "Counts"]

LATENESS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Upper bounds, in seconds, of the classes of `Counts.late`; a last one has what is beyond."""


@dataclass(slots=True)
class Counts:
    """Counted since the process began."""

    ended: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Effects by kind, name and state, each time one came to it: an end, or `planned` for one that will be
    tried again."""
    begun: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Attempts by kind and name."""
    late: list[int] = field(default_factory=lambda: [0] * (len(LATENESS) + 1))
    """Attempts by how long after they were due they were begun."""
    lateness: float = 0.0
    """The sum of that, in seconds."""
    store_errors: int = 0
    """How often the database could not be asked or written; each time it is tried again."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self, kind: str, name: str, state: str) -> None:
        """An effect came to a state."""
        with self._lock:
            self.ended[kind, name, state] += 1

    def begin(self, kind: str, name: str, late: float) -> None:
        """An attempt began, `late` seconds after it was due."""
        late = max(0.0, late)
        with self._lock:
            self.begun[kind, name] += 1
            self.late[bisect_left(LATENESS, late)] += 1
            self.lateness += late

    def store_error(self) -> None:
        """The database did not do what it was asked."""
        with self._lock:
            self.store_errors += 1
