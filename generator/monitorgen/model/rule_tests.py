"""Unit tests for alerting rules, as promtool runs them."""

from monitorgen.model.frozen import frozen
from monitorgen.model.rules import Path

__all__ = ["AlertTest", "Expectation", "InputSeries", "RuleTestFile", "Untested"]


@frozen
class InputSeries:
    """One input series in promtool's notation: a selector and its values, one each interval."""

    series: str
    values: str


@frozen
class Expectation:
    """At `at` seconds the alert fires, or does not."""

    at: float
    fires: bool
    why: str


@frozen
class AlertTest:
    """One alert's test: its series, and when it must and must not be firing.

    `labels` identify the alert (alertname and its fixed labels).
    """

    labels: dict[str, str]
    interval: float
    series: tuple[InputSeries, ...]
    expectations: tuple[Expectation, ...]
    origin: Path
    evaluation_interval: float | None = None
    """How often the rules are evaluated, in seconds; None: as often as Prometheus does."""


@frozen
class RuleTestFile:
    """The tests of one rule file.

    promtool ignores a group's own interval and has one for a whole file, so tests with an interval of their
    own are written to further files.
    """

    path: str
    rule_file: str
    evaluation_interval: float
    tests: tuple[AlertTest, ...]


@frozen
class Untested:
    """An alert without a test, and the reason for that."""

    alert: str
    rule_file: str
    reason: str
