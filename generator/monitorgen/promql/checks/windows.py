"""A rate over a window that holds too few samples."""

from collections.abc import Iterator
from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.duration import format_duration
from monitorgen.promql import places
from monitorgen.promql.analysis import Parsed
from monitorgen.promql.checks.base import Context, Locate, example

__all__ = ["CODES", "SCRAPES", "SHORT_WINDOW", "windows"]

SHORT_WINDOW: Final = Code(
    "MG0408",
    "a window of too few samples",
    "A rate is worked out from the samples in its window and needs two of them. With a window under four "
    "scrape intervals a single late or failed scrape leaves too few, the result has a hole, and an alert "
    "waiting out its `for` starts again. An average or an absence needs two scrapes: between them, a shorter "
    "window holds nothing.",
    bad=example("rate(http_errors_total[1m]) > 0", "defaults: {scrape_interval: 30s}"),
    good=example("rate(http_errors_total[2m]) > 0", "defaults: {scrape_interval: 30s}"),
    severity=Severity.WARNING,
)
CODES: Final = (SHORT_WINDOW,)

SCRAPES: Final = 4
"""How many scrapes a window under a rate has to hold, at least."""
_RATES: Final = frozenset({"rate", "increase", "irate", "delta", "idelta", "deriv"})


def windows(parsed: Parsed, locate: Locate, context: Context) -> Iterator[Diagnostic]:
    """Every range under a rate that is shorter than four scrapes, when the scrape interval is known."""
    interval = context.scrape_interval
    if not interval:
        return
    least = format_duration(SCRAPES * interval)
    for index, found in enumerate(parsed.ranges):
        if found.subquery or found.function not in _RATES or found.window >= SCRAPES * interval:
            continue
        where = places.ranges(parsed.text)
        place = where[index] if len(where) == len(parsed.ranges) else (0, len(parsed.text))
        said = (
            f"`{found.function}` over {format_duration(found.window)} of samples taken every "
            f"{format_duration(interval)}: one late scrape leaves a hole"
        )
        yield SHORT_WINDOW.at(locate(*place), said, hint=f"at least {SCRAPES} scrapes, that is `[{least}]`")
