"""How much a credential may ask of the API. The webhook has no such limit: Alertmanager would lose alerts."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ["RateLimit"]

_MOST: Final = 10_000


class RateLimit:
    """A bucket of tokens for each asker, which holds a minute's worth. Any number of threads may use it.

    It knows at most `most` askers; beyond that, it forgets those that have asked for nothing for the longest,
    who then begin anew. So it is for names that were proven: nobody can make up 10,000 good keys.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        most: int = _MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size = float(per_minute)
        self._rate = per_minute / 60
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when that was

    def wait(self, who: str) -> float:
        """0.0 when this request is within the limit, and counts; else the seconds until one would be."""
        with self._lock:
            moment = self._clock()
            tokens, since = self._left.get(who, (self._size, moment))
            tokens = min(self._size, tokens + (moment - since) * self._rate)
            if tokens < 1:
                self._left.move_to_end(who)
                return (1 - tokens) / self._rate
            self._left[who] = tokens - 1, moment
            self._left.move_to_end(who)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
            return 0.0

    def __len__(self) -> int:
        """How many askers it knows."""
        return len(self._left)
