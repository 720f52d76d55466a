"""The unit tests written for conditions pass on both generations of promtool.

Every operator meets every function, value, timing and interval in some case; the pairs are spread over
the cases by counting.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from monitorgen.model.names import PROMETHEUS_DIR
from tests.conditions.proofs import CHECKOUT, Case, condition, failures, written
from tests.support.servers import Generation

OPERATORS = ("above", "below", "at_least", "at_most", "equals", "differs")
FUNCTIONS = (None, "rate", "increase", "avg", "min", "max", "delta")
AGGREGATES = (None, "sum", "avg", "min", "max")
VALUES = ("5", "0", "-3", "0.000001", "1e300", "0.05")
FORS = (0.0, 60.0, 600.0)
KEEPS = (0.0, 600.0)
INTERVALS = ((15.0, 15.0), (30.0, 30.0), (60.0, 60.0), (15.0, 30.0), (30.0, 15.0), (60.0, 15.0), (7.0, 30.0))
WHERE = {"code": "=~5..", "method": ["GET", "HE.AD"], "path": "!=/healthz", "zone": "!~a|b", "gone": ""}


def conditions() -> Iterator[dict[str, Any]]:
    for operator, function, value in product(OPERATORS, FUNCTIONS, VALUES):
        fields = {"type": "threshold", "metric": "jobs_total", "operator": operator, "value": value}
        if function is not None:
            fields |= {"function": function, "window": "5m"}
        yield fields
    for direction, by, window in product(
        ("increasing", "decreasing"), ("100", "0.0001", "1e12"), ("5m", "1h")
    ):
        yield {"type": "trend", "metric": "queue", "direction": direction, "by": by, "window": window}
    for window, scope in product(("5m", "1h", "1d"), ("service", "global")):
        yield {"type": "absence", "metric": "heartbeat", "window": window, "scope": scope}
    yield {"type": "threshold", "metric": "on", "operator": ">", "value": "1", "where": WHERE}
    yield {"type": "absence", "metric": "x:y", "window": "5m", "where": WHERE}
    yield {"type": "trend", "metric": "queue", "direction": "increasing", "by": "100", "window": "2d"}


def cases() -> Iterator[Case]:
    number = 0
    for fields in conditions():
        if condition(**fields).meaning(CHECKOUT).problems:
            continue
        aggregate = AGGREGATES[number % len(AGGREGATES)]
        if aggregate is not None and fields["type"] != "absence":
            fields["aggregate"] = aggregate
        yield Case(
            f"case_{number}",
            fields,
            FORS[number % len(FORS)],
            KEEPS[number // len(FORS) % len(KEEPS)],
            *INTERVALS[number % len(INTERVALS)],
        )
        number += 1
    steady = {"type": "threshold", "metric": "up", "operator": "below", "value": "1"}
    yield Case("lasting", steady, for_=86_400.0, keep=600.0)
    yield from long_cases()


def long_cases() -> Iterator[Case]:
    """Alerts whose tests take longer than promtool would care to evaluate them as often as Prometheus."""
    steady = {"type": "threshold", "metric": "up", "operator": "below", "value": "1"}
    yield Case("lasting_a_month", steady, for_=30 * 86_400.0, keep=600.0)
    yield Case("kept_a_week", steady, for_=600.0, keep=7 * 86_400.0, interval=7.0)
    counted = {"type": "threshold", "metric": "jobs_total", "operator": "above", "value": "5"}
    for function, window in product(FUNCTIONS[1:], ("3d", "30d", "1y")):
        fields = {**counted, "function": function, "window": window}
        yield Case(f"{function}_{window}", fields, for_=900.0, keep=900.0, evaluation_interval=15.0)
    trend = {"type": "trend", "metric": "queue", "direction": "increasing", "by": "100", "window": "30d"}
    yield Case("trend_30d", trend)
    yield Case("absence_30d", {"type": "absence", "metric": "heartbeat", "window": "30d"})
    yield Case("rarely_evaluated", {**counted, "function": "avg", "window": "1y"}, evaluation_interval=600.0)


def test_every_condition_passes_the_tests_written_for_it(generation: Generation, tmp_path: Path) -> None:
    every = list(cases())
    assert len(every) > 200
    paths = written(every, tmp_path)
    assert len(paths) == len(every)
    assert failures(generation, tmp_path, paths) == {}


def test_a_long_test_is_evaluated_seldom() -> None:
    for case in long_cases():
        _, file = case.files()
        (test,) = file.tests
        interval = test.evaluation_interval or file.evaluation_interval
        assert test.expectations[-1].at / interval <= 3000, case.name
        assert all(expected.at % interval == 0 for expected in test.expectations)


def test_the_rules_themselves_are_accepted(generation: Generation, tmp_path: Path) -> None:
    every = list(cases())
    written(every, tmp_path)
    rules = [f"{PROMETHEUS_DIR}/{case.rule_path}" for case in every]
    checked = generation.promtool("check", "rules", "--lint-fatal", *rules, cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_examples_of_a_raw_expression_become_its_tests(generation: Generation, tmp_path: Path) -> None:
    raw = {
        "type": "promql",
        "expr": "jobs_failed > 1 # more than one",
        "examples": [
            {"series": {'jobs_failed{queue="a"}': "0 2 2"}, "at": "30s", "fires": True},
            {"series": {"jobs_failed": "0 2 2"}, "at": "0", "fires": "no"},
        ],
    }
    wrong = {**raw, "examples": [{"series": {"jobs_failed": "0 2 2"}, "at": "0", "fires": True}]}
    right, mistaken = written([Case("raw", raw), Case("mistaken", wrong)], tmp_path)
    assert set(failures(generation, tmp_path, [right, mistaken])) == {mistaken}


def test_the_values_of_an_example_are_as_far_apart_as_it_says(generation: Generation, tmp_path: Path) -> None:
    def raw(interval: str) -> dict[str, Any]:
        example = {"series": {"jobs_failed": "0 0 0 2"}, "interval": interval, "at": "3m", "fires": True}
        return {"type": "promql", "expr": "jobs_failed > 1", "examples": [example]}

    in_time, late = written([Case("in_time", raw("1m")), Case("late", raw("2m"))], tmp_path)
    assert set(failures(generation, tmp_path, [in_time, late])) == {late}
