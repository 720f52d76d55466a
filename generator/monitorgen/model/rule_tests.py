"""Unit tests for alerting rules, as promtool runs them."""

from dataclasses import dataclass

from monitorgen.model.rules import Path

__all__ = ["AlertTest", "Expectation", "InputSeries", "RuleTestFile", "Untested"]


@dataclass(frozen=True, slots=True)
class InputSeries:
    """One input series in promtool's notation: a selector and its values, one each interval."""

    series: str
    values: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """At `at` seconds the alert fires, or does not."""

    at: float
    fires: bool
    why: str


@dataclass(frozen=True, slots=True)
class AlertTest:
    """One alert's test: its series, and when it must and must not be firing.

    `labels` identify the alert (alertname and its fixed labels).
    """

    labels: dict[str, str]
    interval: float
    series: tuple[InputSeries, ...]
    expectations: tuple[Expectation, ...]
    origin: Path


@dataclass(frozen=True, slots=True)
class RuleTestFile:
    """The tests of one rule file: promtool ignores a group's own interval, so a file has one interval."""

    path: str
    rule_file: str
    evaluation_interval: float
    tests: tuple[AlertTest, ...]


@dataclass(frozen=True, slots=True)
class Untested:
    """An alert without a test, and the reason for that."""

    alert: str
    rule_file: str
    reason: str
