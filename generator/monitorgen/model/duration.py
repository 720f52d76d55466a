"""Lengths of time as Prometheus writes them, to and from seconds."""

import re
from functools import lru_cache

__all__ = ["format_duration", "parse_duration"]

# The order and the units of Prometheus's own model.ParseDuration: each at most once, largest first.
_PARTS = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_MILLISECONDS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)
_UNITS = ((31_536_000_000, "y"), (604_800_000, "w"), (86_400_000, "d"), (3_600_000, "h"))
# Prometheus keeps durations in 64-bit nanoseconds: a little over 292 years.
_LONGEST = 9_223_372_036_854


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> float | None:
    """Seconds for `30s`, `5m`, `1h30m`, `30d` or a bare whole number of seconds; None for anything else."""
    if text.isascii() and text.isdigit():
        milliseconds = int(text) * 1000 if len(text) < 16 else _LONGEST + 1
    else:
        found = _PARTS.fullmatch(text) if text and text.isascii() and len(text) < 80 else None
        if found is None:
            return None
        milliseconds = sum(
            int(part) * size for part, size in zip(found.groups(), _MILLISECONDS, strict=True) if part
        )
    return milliseconds / 1000 if milliseconds <= _LONGEST else None


@lru_cache(maxsize=1024)
def format_duration(seconds: float) -> str:
    """The shortest spelling every Prometheus and Alertmanager reads back as `seconds` (to the millisecond).

    Only one unit above minutes is used where it divides evenly, so `90m` stays `1h30m` and `86400` is `1d`.
    """
    rest = round(seconds * 1000)
    if rest == 0:
        return "0s"
    for size, unit in _UNITS:
        if rest % size == 0:
            return f"{rest // size}{unit}"
    parts = []
    for size, unit in ((3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
