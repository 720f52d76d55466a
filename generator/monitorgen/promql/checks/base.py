"""What every check of an expression is given, and the spec its code's examples stand in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from monitorgen.model.span import Span
from monitorgen.model.versions import VersionRange

__all__ = ["Context", "Locate", "example"]

Locate = Callable[[int, int], Span]
"""Gives the place in the spec of characters `[start, end)` of the expression: `source.Scalar.span_at`."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where an expression is used: the Prometheus versions that must read it, and what is asked of it.

    `alert`: it is the condition of an alert (a recording rule or a panel may be a number and need not
    compare). `scrape_interval`: seconds between samples of the series it reads, None when not known.
    """

    prometheus: VersionRange
    alert: bool = True
    scrape_interval: float | None = None


_SPEC: Final = """\
organization: acme
{settings}channels:
  ops-hook: {{type: webhook, url: http://127.0.0.1:9/hook}}
teams:
  ops: {{notify: {{default: [ops-hook]}}}}
services:
  shop:
    team: ops
    scrape:
      api: {{static: ["shop-1:9102"]}}
    alerts:
      broken:
        condition:
          type: promql
          expr: '{expr}'
          untested: shown for its syntax
        severity: high
        description: Something is wrong with the shop
"""


def example(expr: str, settings: str = "") -> str:
    """A whole small spec with one alert on `expr`; `settings` is a further line at its top."""
    return _SPEC.format(expr=expr.replace("'", "''"), settings=settings and f"{settings}\n")
