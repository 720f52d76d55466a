"""What a running receiver is made of: parts that start, work beside each other, and stop."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["Part", "start_all", "stop_all"]


class Part(Protocol):
    """Something that works in the background; `stop` waits until it has finished what it is at."""

    def start(self) -> None:
        """Begins; returns at once."""

    def stop(self) -> None:
        """Ends; a part that was not started, or was stopped before, stays as it is."""


def start_all(parts: Sequence[Part]) -> None:
    """Starts parts in their order; stops those that were started when one cannot be."""
    started: list[Part] = []
    try:
        for part in parts:
            part.start()
            started.append(part)
    except BaseException:
        stop_all(started)
        raise


def stop_all(parts: Sequence[Part]) -> None:
    """Stops parts, the last that was started first; all of them, whatever one of them raises."""
    if parts:
        try:
            parts[-1].stop()
        finally:
            stop_all(parts[:-1])
