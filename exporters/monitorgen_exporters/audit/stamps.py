"""The id and the time that a record is stamped with."""

import os
import random
import time
from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["now", "stamp", "uuid7"]

# Ids have to differ, not to be secret: asking the kernel for each takes as long as the rest of one. A child
# process must not go on with the numbers of its parent.
_random = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_random.seed)
# Looked up, because making one takes longer than all the rest.
_HEX = [f"{number:03x}" for number in range(4096)]
_VARIANT = 1 << 63
_DECIMAL = [f"{number:03d}Z" for number in range(1000)]


def stamp(moment: int) -> tuple[str, str]:
    """A new UUIDv7 and the time, for a moment in nanoseconds since 1970.

    The id (RFC 9562, section 5.7) has milliseconds, 12 bits of a part of one, and 62 random bits. The time
    is in RFC 3339, UTC, with microseconds.
    """
    milliseconds, rest = divmod(moment, 1_000_000)
    head, time_head = _heads(milliseconds)
    end = (_VARIANT | _random.getrandbits(62)).to_bytes(8).hex()
    return (
        f"{head}{_HEX[(rest << 12) // 1_000_000]}-{end[:4]}-{end[4:]}",
        time_head + _DECIMAL[rest // 1000],
    )


def uuid7() -> str:
    """A new id, as `stamp` makes it."""
    return stamp(time.time_ns())[0]


def now() -> str:
    """The time, as `stamp` writes it."""
    return stamp(time.time_ns())[1]


@lru_cache(maxsize=4)
def _heads(milliseconds: int) -> tuple[str, str]:
    seconds, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7", f"{moment}.{rest:03d}"
