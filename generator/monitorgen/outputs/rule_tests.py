"""`prometheus/tests/`: unit tests of the alerting rules, for `promtool test rules`."""

import posixpath
from collections.abc import Sequence
from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen.model.names import PROMETHEUS_DIR, UNTESTED_FILE, coarse_test_file
from monitorgen.model.rule_tests import AlertTest, RuleTestFile
from monitorgen.model.stack import Stack
from monitorgen.outputs import yaml_text
from monitorgen.outputs.base import Each, Output, Rendered
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
        content: dict[str, Any] = {
            # promtool looks for rule files from the folder of the test.
            "rule_files": [posixpath.relpath(file.rule_file, posixpath.dirname(path))],
            "evaluation_interval": format_duration(interval or file.evaluation_interval),
            "tests": [_test(test) for test in tests],
        }
        yield f"{PROMETHEUS_DIR}/{path}", yaml_text.emit(content)


def _test(test: AlertTest) -> dict[str, Any]:
    # One when at least one alert of these labels fires, nothing when none does: promtool's own
    # `alert_rule_test` would want the annotations spelled out as well.
    firing = series_text("ALERTS", (*test.labels.items(), ("alertstate", "firing")))
    expr = f"group({firing})"
    return {
        "name": test.labels["alertname"],
        "interval": format_duration(test.interval),
        "input_series": [{"series": s.series, "values": s.values} for s in test.series],
        "promql_expr_test": [
            {
                "expr": expr,
                "eval_time": format_duration(expected.at),
                "exp_samples": [{"labels": "{}", "value": 1}] if expected.fires else [],
            }
            for expected in test.expectations
        ],
    }


OUTPUT = Output("rule_tests", "Unit tests of the alerting rules", _untested, Each(_files, _render))
