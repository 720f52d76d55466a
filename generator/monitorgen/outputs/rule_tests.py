"""`prometheus/tests/`: unit tests of the alerting rules, for `promtool test rules`."""

import posixpath
from collections.abc import Sequence
from typing import Final

from monitorgen.model.duration import format_duration
from monitorgen.model.names import PROMETHEUS_DIR, UNTESTED_FILE, coarse_test_file
from monitorgen.model.rule_tests import AlertTest, Expectation, InputSeries, RuleTestFile
from monitorgen.model.stack import Stack
from monitorgen.outputs import yaml_text
from monitorgen.outputs.base import Each, Output, Rendered
from monitorgen.outputs.yaml_text import scalar
from monitorgen.promql.pieces import series_text

__all__ = ["OUTPUT"]


def _untested(stack: Stack) -> Rendered:
    if stack.untested:
        entries = [{"alert": u.alert, "rule_file": u.rule_file, "reason": u.reason} for u in stack.untested]
        yield f"{PROMETHEUS_DIR}/{UNTESTED_FILE}", yaml_text.emit({"untested": entries})


def _files(stack: Stack) -> Sequence[RuleTestFile]:
    return stack.rule_tests


def _render(stack: Stack, file: RuleTestFile) -> Rendered:  # noqa: ARG001 - a test file stands for itself
    by_interval: dict[float | None, list[AlertTest]] = {}
    for test in file.tests:
        by_interval.setdefault(test.evaluation_interval, []).append(test)
    for interval, tests in by_interval.items():
        path = file.path if interval is None else coarse_test_file(file.path, format_duration(interval))
        head = {
            # promtool looks for rule files from the folder of the test.
            "rule_files": [posixpath.relpath(file.rule_file, posixpath.dirname(path))],
            "evaluation_interval": format_duration(interval or file.evaluation_interval),
        }
        tests_text = "".join([_test(test) for test in tests])
        yield f"{PROMETHEUS_DIR}/{path}", f"{yaml_text.emit(head)}tests:\n{tests_text}"


# Tests are the largest text there is but for dashboards, and all of one shape: written out, they take a third
# of the time that the emitter needs to walk through maps of them.


def _test(test: AlertTest) -> str:
    # One when at least one alert of these labels fires, nothing when none does: promtool's own
    # `alert_rule_test` would want the annotations spelled out as well.
    firing = series_text("ALERTS", (*test.labels.items(), ("alertstate", "firing")))
    expr = scalar(f"group({firing})", _DEEP)
    return (
        f"  - name: {scalar(test.labels['alertname'], '      ')}"
        f"    interval: {format_duration(test.interval)}\n"
        f"    input_series:{_series(test.series)}"
        f"    promql_expr_test:\n{''.join([_expectation(expr, expected) for expected in test.expectations])}"
    )


def _series(series: Sequence[InputSeries]) -> str:
    lines = [
        f"      - series: {scalar(one.series, _DEEP)}        values: {scalar(one.values, _DEEP)}"
        for one in series
    ]
    return "\n" + "".join(lines) if lines else " []\n"


def _expectation(expr: str, expected: Expectation) -> str:
    samples = _FIRING if expected.fires else " []\n"
    return (
        f"      - expr: {expr}"
        f"        eval_time: {format_duration(expected.at)}\n"
        f"        exp_samples:{samples}"
    )


_DEEP: Final = " " * 10
_FIRING: Final = """
          - labels: "{}"
            value: 1
"""

OUTPUT = Output("rule_tests", "Unit tests of the alerting rules", _untested, Each(_files, _render))
