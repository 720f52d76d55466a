"""`prometheus/rules/`: recording and alerting rules, a file for every service."""

from collections.abc import Sequence
from typing import Any

from monitorgen.model.duration import format_duration
from monitorgen.model.names import PROMETHEUS_DIR
from monitorgen.model.rules import AlertingRule, RecordingRule, RuleFile
from monitorgen.model.stack import Stack
from monitorgen.outputs import yaml_text
from monitorgen.outputs.base import Each, Output, Rendered, nothing

__all__ = ["OUTPUT"]


def _files(stack: Stack) -> Sequence[RuleFile]:
    return stack.rule_files


def _render(stack: Stack, file: RuleFile) -> Rendered:  # noqa: ARG001 - a rule file stands for itself
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


OUTPUT = Output("rules", "Recording and alerting rules", nothing, Each(_files, _render))
