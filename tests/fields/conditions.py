"""Witnesses of conditions: the expression that Prometheus has for them, and the tests built beside it."""

from typing import Any

import yaml

from tests.fields.seen import Seen
from tests.fields.witness import Witness, codes, rule

__all__ = ["WITNESSES"]

_AT = "services.checkout.alerts.errors.condition"
_TESTS = "prometheus/tests/payments/checkout.test.yml"
_QUERY = rule("query")
_OWN = 'service="checkout"'


def _tests(seen: Seen) -> int:
    return [test["name"] for test in yaml.safe_load(seen.files[_TESTS])["tests"]].count("errors")


def _example(seen: Seen) -> dict[str, Any]:
    """The unit test that was built of the alert's example, without the names in it."""
    tests = yaml.safe_load(seen.files[_TESTS])["tests"]
    (test,) = (test for test in tests if test["name"] == "errors")
    (question,) = test["promql_expr_test"]
    return {
        "series": [series["values"] for series in test["input_series"]],
        "interval": test["interval"],
        "at": question["eval_time"],
        "fires": bool(question["exp_samples"]),
    }


def _of(base: dict[str, Any], key: str, new: Any, before: str, after: str, **given: Any) -> Witness:
    return Witness(f"{_AT}.{key}", new, _QUERY, before, after, {_AT: {**base, **given}})


_THRESHOLD = {"type": "threshold", "metric": "lag_seconds", "operator": "above", "value": 5}
_TREND = {"type": "trend", "metric": "queue", "direction": "increasing", "window": "30m", "by": 90}
_ABSENCE = {"type": "absence", "metric": "beat", "window": "5m"}
_PROMQL = {"type": "promql", "expr": "up == 0", "untested": "shown in the game day"}
_EXAMPLE = {"series": {"up": "0x9"}, "at": "2m", "fires": True}
_TEST = {"series": ["0x9"], "interval": "30s", "at": "2m", "fires": True}
_WITH_EXAMPLE = {"type": "promql", "expr": "up == 0", "examples": [_EXAMPLE]}

_LAG = f"lag_seconds{{{_OWN}}}"
_THRESHOLDS = (
    _of(_THRESHOLD, "metric", "age_seconds", f"{_LAG} > 5", f"age_seconds{{{_OWN}}} > 5"),
    _of(_THRESHOLD, "operator", "at_most", f"{_LAG} > 5", f"{_LAG} <= 5"),
    _of(_THRESHOLD, "value", 7, f"{_LAG} > 5", f"{_LAG} > 7"),
    _of(_THRESHOLD, "where", {"code": "=~5.."}, f"{_LAG} > 5", f'lag_seconds{{code=~"5..",{_OWN}}} > 5'),
    _of(_THRESHOLD, "scope", "global", f"{_LAG} > 5", "lag_seconds > 5"),
    _of(_THRESHOLD, "aggregate", "sum", f"{_LAG} > 5", f"sum({_LAG}) > 5"),
    _of(_THRESHOLD, "by", ["zone"], f"sum({_LAG}) > 5", f"sum by (zone) ({_LAG}) > 5", aggregate="sum"),
    _of(
        _THRESHOLD,
        "function",
        "max",
        f"avg_over_time({_LAG}[5m]) > 5",
        f"max_over_time({_LAG}[5m]) > 5",
        function="avg",
        window="5m",
    ),
    _of(
        _THRESHOLD,
        "window",
        "9m",
        f"avg_over_time({_LAG}[5m]) > 5",
        f"avg_over_time({_LAG}[9m]) > 5",
        function="avg",
        window="5m",
    ),
    _of(
        _THRESHOLD, "unit", "percent", f"lag{{{_OWN}}} > 0.05", f"lag{{{_OWN}}} > 5", metric="lag", value="5%"
    ),
)
_Q = f"queue{{{_OWN}}}"
_TRENDS = (
    _of(_TREND, "metric", "heap", f"deriv({_Q}[30m]) * 1800 > 90", f"deriv(heap{{{_OWN}}}[30m]) * 1800 > 90"),
    _of(_TREND, "direction", "decreasing", f"deriv({_Q}[30m]) * 1800 > 90", f"deriv({_Q}[30m]) * 1800 < -90"),
    _of(_TREND, "window", "10m", f"deriv({_Q}[30m]) * 1800 > 90", f"deriv({_Q}[10m]) * 600 > 90"),
    _of(_TREND, "by", 80, f"deriv({_Q}[30m]) * 1800 > 90", f"deriv({_Q}[30m]) * 1800 > 80"),
    _of(
        _TREND,
        "where",
        {"a": "b"},
        f"deriv({_Q}[30m]) * 1800 > 90",
        f'deriv(queue{{a="b",{_OWN}}}[30m]) * 1800 > 90',
    ),
    _of(_TREND, "scope", "global", f"deriv({_Q}[30m]) * 1800 > 90", "deriv(queue[30m]) * 1800 > 90"),
    _of(_TREND, "aggregate", "sum", f"deriv({_Q}[30m]) * 1800 > 90", f"sum(deriv({_Q}[30m])) * 1800 > 90"),
    _of(
        _TREND,
        "group_by",
        ["zone"],
        f"sum(deriv({_Q}[30m])) * 1800 > 90",
        f"sum by (zone) (deriv({_Q}[30m])) * 1800 > 90",
        aggregate="sum",
    ),
    _of(
        _TREND, "unit", "percent", f"deriv({_Q}[30m]) * 1800 > 0.9", f"deriv({_Q}[30m]) * 1800 > 90", by="90%"
    ),
)
_B = f"beat{{{_OWN}}}"
_ABSENCES = (
    _of(_ABSENCE, "metric", "pulse", f"absent_over_time({_B}[5m])", f"absent_over_time(pulse{{{_OWN}}}[5m])"),
    _of(_ABSENCE, "window", "9m", f"absent_over_time({_B}[5m])", f"absent_over_time({_B}[9m])"),
    _of(
        _ABSENCE,
        "where",
        {"a": "b"},
        f"absent_over_time({_B}[5m])",
        f'absent_over_time(beat{{a="b",{_OWN}}}[5m])',
    ),
    _of(_ABSENCE, "scope", "global", f"absent_over_time({_B}[5m])", "absent_over_time(beat[5m])"),
)
_EXPRESSIONS = (
    _of(_PROMQL, "expr", "up == 1", "up == 0", "up == 1"),
    Witness(
        f"{_AT}.untested",
        "in the game day",
        codes,
        "MG0209",
        "",
        {_AT: {"type": "promql", "expr": "up == 0"}},
    ),
    Witness(f"{_AT}.examples", [_EXAMPLE, _EXAMPLE], _tests, 1, 2, {_AT: _WITH_EXAMPLE}),
    *(
        Witness(
            f"{_AT}.examples.0.{key}", value, _example, _TEST, {**_TEST, key: built}, {_AT: _WITH_EXAMPLE}
        )
        for key, value, built in (
            ("series", {"up": "0x8"}, ["0x8"]),
            ("at", "3m", "3m"),
            ("fires", False, False),
            ("interval", "7s", "7s"),
        )
    ),
)

WITNESSES = (*_THRESHOLDS, *_TRENDS, *_ABSENCES, *_EXPRESSIONS)
