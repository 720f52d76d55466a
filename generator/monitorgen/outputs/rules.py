"""`prometheus/rules/`: recording and alerting rules, a file for every service."""

from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen.model.names import PROMETHEUS_DIR
from monitorgen.model.rules import AlertingRule, RecordingRule
from monitorgen.model.stack import Stack
from monitorgen.outputs import yaml_text
from monitorgen.outputs.base import Output, Rendered

__all__ = ["OUTPUT"]


def _render(stack: Stack) -> Rendered:
    for file in stack.rule_files:
        groups: list[Any] = [
            {
                "name": group.name,
                "interval": format_duration(group.interval),
                "rules": [_rule(rule) for rule in group.rules],
            }
            for group in file.groups
        ]
        yield f"{PROMETHEUS_DIR}/{file.path}", yaml_text.emit({"groups": groups})


def _rule(rule: RecordingRule | AlertingRule) -> dict[str, Any]:
    if isinstance(rule, RecordingRule):
        entry: dict[str, Any] = {"record": rule.record, "expr": rule.expr}
    else:
        entry = {"alert": rule.alert, "expr": rule.expr}
        if rule.for_:
            entry["for"] = format_duration(rule.for_)
        if rule.keep_firing_for:
            entry["keep_firing_for"] = format_duration(rule.keep_firing_for)
    if rule.labels:
        entry["labels"] = rule.labels
    if isinstance(rule, AlertingRule) and rule.annotations:
        entry["annotations"] = rule.annotations
    return entry


OUTPUT = Output("rules", "Recording and alerting rules", _render)
