"""Times and numbers that have a least value: what repeats needs time between, a count is not negative."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from monitorgen.model.duration import parse_duration
from monitorgen.vocabulary.fields import (
    BAD_DURATION,
    BAD_SCALAR,
    SOME_TIME_PATTERN,
    Duration,
    Integer,
    invalid,
)

__all__ = ["Count", "KeepingTime", "Size", "SomeTime"]

_SIZE = re.compile(r"([1-9][0-9]{0,11})(KiB|MiB|GiB)?")
_BYTES = {None: 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_LARGEST = 1 << 40


def _some_time(value: float) -> float:
    if value > 0:
        return value
    raise invalid(BAD_DURATION, "no time at all: the servers refuse it or take something else", "such as 30s")


def _keeping_time(value: Any) -> float:
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    seconds = parse_duration(text.strip())
    if seconds:
        return seconds
    raise invalid(BAD_DURATION, "not a time to keep something", "such as 400d or 7y")


def _count(value: int) -> int:
    if value >= 0:
        return value
    raise invalid(BAD_SCALAR, f"{value} is less than nothing")


def _size(value: Any) -> int:
    text = value if isinstance(value, str) else str(value) if type(value) is int else ""
    found = _SIZE.fullmatch(text.strip())
    if found and (size := int(found[1]) * _BYTES[found[2]]) <= _LARGEST:
        return size
    raise invalid(BAD_SCALAR, "not a number of bytes", "such as 32MiB, 64KiB or 1048576, at most 1024GiB")


SomeTime = Annotated[
    Duration,
    AfterValidator(_some_time),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 31536000},
                {"type": "string", "pattern": SOME_TIME_PATTERN},
            ]
        }
    ),
]
"""A length of time, in seconds, of more than nothing.

Prometheus takes a scrape interval or timeout of nothing for none given, and ends itself over a refresh
interval of nothing; Alertmanager refuses to group or repeat without a pause.
"""

KeepingTime = Annotated[
    float,
    BeforeValidator(_keeping_time),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 9223372036},
                {"type": "string", "pattern": SOME_TIME_PATTERN},
            ]
        }
    ),
]
"""How long something is kept, in seconds; law asks for years, which no server waits or looks back."""

Count = Annotated[
    Integer,
    AfterValidator(_count),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\s*(?:\+?[0-9]{1,18}|-0{1,18})\s*$"},
            ]
        }
    ),
]
"""A whole number from nought up."""

Size = Annotated[
    int,
    BeforeValidator(_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": _LARGEST},
                {"type": "string", "pattern": rf"^\s*{_SIZE.pattern}\s*$"},
            ]
        }
    ),
]
"""A number of bytes, of more than nothing. 1MiB is 1024KiB, and 1KiB is 1024 bytes."""
