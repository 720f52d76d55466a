"""What conditions compile to: PromQL, the graph behind it, and what they complain of."""

from typing import Any

import pytest
from pydantic import ValidationError

from monitorgen.model.panels import Graph
from monitorgen.promql.pieces import render
from monitorgen.vocabulary.conditions import CONDITIONS
from monitorgen.vocabulary.conditions.base import Evidence, Meaning
from tests.conditions.proofs import CHECKOUT, condition

THRESHOLD = {"type": "threshold", "metric": "error_rate", "operator": "above", "value": "5%"}
TREND = {"type": "trend", "metric": "queue", "direction": "increasing", "window": "30m", "by": "100"}
ABSENCE = {"type": "absence", "metric": "heartbeat", "window": "5m"}
PROMQL = {"type": "promql", "expr": " up == 0\n", "untested": "shown in the game day"}


def meaning(base: dict[str, Any], **fields: Any) -> Meaning:
    return condition(**{**base, **fields}).meaning(CHECKOUT)


def evidence(base: dict[str, Any], **fields: Any) -> Evidence:
    return condition(**{**base, **fields}).evidence(CHECKOUT)


def graph(base: dict[str, Any], **fields: Any) -> Graph | None:
    return condition(**{**base, **fields}).graph(CHECKOUT)


EXPRESSIONS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (THRESHOLD, {}, 'error_rate{service="checkout"} > 0.05'),
    (THRESHOLD, {"metric": "temperature"}, 'temperature{service="checkout"} > 0.05'),
    (THRESHOLD, {"operator": "at_most"}, 'error_rate{service="checkout"} <= 0.05'),
    (THRESHOLD, {"value": "-2"}, 'error_rate{service="checkout"} > -2'),
    (
        THRESHOLD,
        {"metric": "x_percent", "value": "5%", "unit": "percent"},
        'x_percent{service="checkout"} > 5',
    ),
    (THRESHOLD, {"scope": "global"}, "error_rate > 0.05"),
    (THRESHOLD, {"where": {"code": "=~5.."}}, 'error_rate{service="checkout", code=~"5.."} > 0.05'),
    (
        THRESHOLD,
        {"function": "rate", "window": "5m", "value": "2"},
        'rate(error_rate{service="checkout"}[5m]) > 2',
    ),
    (
        THRESHOLD,
        {"function": "avg", "window": "1h"},
        'avg_over_time(error_rate{service="checkout"}[1h]) > 0.05',
    ),
    (THRESHOLD, {"aggregate": "sum"}, 'sum(error_rate{service="checkout"}) > 0.05'),
    (
        THRESHOLD,
        {"aggregate": "max", "by": ["zone", "rack"]},
        'max by (zone, rack) (error_rate{service="checkout"}) > 0.05',
    ),
    (TREND, {}, 'deriv(queue{service="checkout"}[30m]) * 1800 > 100'),
    (TREND, {"direction": "decreasing"}, 'deriv(queue{service="checkout"}[30m]) * 1800 < -100'),
    (
        TREND,
        {"metric": "age_seconds", "by": "2m"},
        'deriv(age_seconds{service="checkout"}[30m]) * 1800 > 120',
    ),
    (
        TREND,
        {"metric": "age", "by": "2m", "unit": "seconds"},
        'deriv(age{service="checkout"}[30m]) * 1800 > 120',
    ),
    (TREND, {"window": "1h"}, 'deriv(queue{service="checkout"}[1h]) * 3600 > 100'),
    (TREND, {"scope": "global", "where": {"a": "b"}}, 'deriv(queue{a="b"}[30m]) * 1800 > 100'),
    (
        TREND,
        {"aggregate": "avg", "group_by": ["zone"]},
        'avg by (zone) (deriv(queue{service="checkout"}[30m])) * 1800 > 100',
    ),
    (ABSENCE, {}, 'absent_over_time(heartbeat{service="checkout"}[5m])'),
    (ABSENCE, {"scope": "global", "metric": "up"}, "absent_over_time(up[5m])"),
    (
        ABSENCE,
        {"where": {"job": ["a", "b"]}, "window": "1d"},
        'absent_over_time(heartbeat{service="checkout", job=~"a|b"}[1d])',
    ),
    (PROMQL, {}, "up == 0"),
]


@pytest.mark.parametrize(("base", "fields", "expr"), EXPRESSIONS)
def test_the_expression(base: dict[str, Any], fields: dict[str, Any], expr: str) -> None:
    found = meaning(base, **fields)
    assert render(found.expr) == expr
    assert found.problems == ()


def test_every_field_is_seen_in_an_expression() -> None:
    """A field that changes no expression would be one that does nothing."""
    tests_only = {"examples", "untested"}
    for kind in CONDITIONS:
        bases = [base for base in (THRESHOLD, TREND, ABSENCE, PROMQL) if base["type"] == kind.kind()]
        changed = {field for base, fields, _ in EXPRESSIONS if base in bases for field in fields}
        given = {field for base in bases for field in base}
        assert set(kind.model_fields) - tests_only <= changed | given


def test_the_graph_shows_what_is_compared_and_with_what() -> None:
    assert graph(THRESHOLD) == Graph('error_rate{service="checkout"}', 0.05, "above", "")
    falling = graph(TREND, metric="free_bytes", direction="decreasing", by="1GB")
    assert falling == Graph('deriv(free_bytes{service="checkout"}[30m]) * 1800', -1e9, "below", "bytes")
    assert graph(ABSENCE) == Graph('count_over_time(heartbeat{service="checkout"}[5m])')
    assert graph(PROMQL) is None


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("cpu_seconds_total", "ratio"),
        ("requests_total", "per_second"),
        ("io_bytes_total", "bytes_per_second"),
    ],
)
def test_a_rate_has_a_unit_of_its_own(metric: str, unit: str) -> None:
    drawn = graph(THRESHOLD, metric=metric, value="1", function="rate", window="5m")
    assert drawn is not None
    assert drawn.unit == unit


@pytest.mark.parametrize(
    ("base", "fields", "code", "field"),
    [
        (THRESHOLD, {"metric": "cpu_percent"}, "MG0206", "value"),
        (THRESHOLD, {"function": "rate", "value": "2"}, "MG0207", "function"),
        (THRESHOLD, {"window": "5m"}, "MG0207", "window"),
        (THRESHOLD, {"by": ["zone"]}, "MG0207", "by"),
        (THRESHOLD, {"where": {"service": "ledger"}}, "MG0215", "where"),
        (
            THRESHOLD,
            {"function": "rate", "window": "5m", "operator": "below", "value": "0"},
            "MG0216",
            "value",
        ),
        (
            THRESHOLD,
            {"function": "rate", "window": "5m", "operator": "==", "value": "3"},
            "MG0217",
            "operator",
        ),
        (
            THRESHOLD,
            {"function": "avg", "window": "5m", "operator": "!=", "value": "0.5"},
            "MG0217",
            "operator",
        ),
        (THRESHOLD, {"function": "rate", "window": "119s", "value": "2"}, "MG0408", "window"),
        (THRESHOLD, {"function": "avg", "window": "59s"}, "MG0408", "window"),
        (TREND, {"window": "119s"}, "MG0408", "window"),
        (ABSENCE, {"window": "59s"}, "MG0408", "window"),
        (TREND, {"by": "0"}, "MG0207", "by"),
        (TREND, {"by": "-5"}, "MG0207", "by"),
        (TREND, {"by": "5s"}, "MG0206", "by"),
        (TREND, {"group_by": ["zone"]}, "MG0207", "group_by"),
        (ABSENCE, {"where": {"service": "checkout"}}, "MG0215", "where"),
        (PROMQL, {"untested": ""}, "MG0209", "expr"),
        (PROMQL, {"examples": [{"series": {"up": "0"}, "at": "0", "fires": "yes"}]}, "MG0209", "expr"),
    ],
)
def test_what_makes_no_sense_is_a_problem(
    base: dict[str, Any], fields: dict[str, Any], code: str, field: str
) -> None:
    (problem,) = meaning(base, **fields).problems
    assert (problem.code.id, problem.field) == (code, field)


@pytest.mark.parametrize(
    "fields",
    [
        {"function": "rate", "window": "2m", "value": "2"},
        {"function": "max", "window": "1m"},
        {"function": "rate", "window": "1m", "value": "2", "scope": "global"},
        {"function": "avg", "window": "10s", "metric": "service:errors:ratio5m"},
        {"function": "avg", "window": "10s", "metric": "probe_duration_seconds", "value": "2"},
    ],
)
def test_windows_are_long_enough_or_of_an_unknown_number_of_samples(fields: dict[str, Any]) -> None:
    assert meaning(THRESHOLD, **fields).problems == ()


def test_whole_averages_and_zero_may_be_asked_for_exactly() -> None:
    for fields in ({"function": "avg", "value": "1"}, {"function": "increase", "value": "0"}):
        assert meaning(THRESHOLD, operator="equals", window="5m", **fields).problems == ()


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(ValidationError, match="holds no samples"):
        condition(**{**ABSENCE, "window": "0s"})


@pytest.mark.parametrize("base", [THRESHOLD, TREND, ABSENCE])
def test_exactly_one_of_tests_and_a_reason_is_given(base: dict[str, Any]) -> None:
    assert evidence(base).behaviour is not None
    assert condition(**base).why_untested() == ""
    clever = {**base, "where": {"code": "=~(x+)+"}}
    assert evidence(clever).behaviour is None
    assert "where" in condition(**clever).why_untested()
