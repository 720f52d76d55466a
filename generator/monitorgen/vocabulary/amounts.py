"""Times and numbers that have a least value: what repeats needs time between, a count is not negative."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from monitorgen.vocabulary.fields import (
    BAD_DURATION,
    BAD_SCALAR,
    SOME_TIME_PATTERN,
    Duration,
    Integer,
    invalid,
)

__all__ = ["Count", "SomeTime"]


def _some_time(value: float) -> float:
    if value > 0:
        return value
    raise invalid(BAD_DURATION, "no time at all: the servers refuse it or take something else", "such as 30s")


def _count(value: int) -> int:
    if value >= 0:
        return value
    raise invalid(BAD_SCALAR, f"{value} is less than nothing")


SomeTime = Annotated[
    Duration,
    AfterValidator(_some_time),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": SOME_TIME_PATTERN},
            ]
        }
    ),
]
"""A length of time, in seconds, of more than nothing.

Prometheus takes a scrape interval or timeout of nothing for none given, and ends itself over a refresh
interval of nothing; Alertmanager refuses to group or repeat without a pause.
"""

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
