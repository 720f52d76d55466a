"""Times as the receiver's tables keep them, and sums of them."""

from datetime import datetime, timedelta

__all__ = ["later", "seconds_between"]


def later(stamp: str, seconds: float) -> str:
    """The time that many seconds after `stamp`, or before it; RFC 3339, UTC, with microseconds."""
    moment = datetime.fromisoformat(stamp) + timedelta(seconds=seconds)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def seconds_between(earlier: str, later: str) -> float:
    """The seconds from one time to another; negative where the first is the later one."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
