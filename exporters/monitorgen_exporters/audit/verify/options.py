"""How a log is verified."""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever verifies may choose."""

    hashes_only: bool = False
    """Compare hashes and signatures, and not what the bodies say."""
    processes: int | None = None
    """How many; None for as many as there are processors, if the log is worth it."""
    skew: timedelta = timedelta(minutes=5)
    """How far clocks of writers may lie apart."""
    seal_within: timedelta = timedelta(minutes=15)
    """How long a growing log may go without a checkpoint."""
    max_anchor_age: timedelta = timedelta(hours=24)
    """How long a record may be outside of what the anchors have seen."""
    now: datetime | None = None
