"""Rules whose series would become one: they differ only in a label that the rule itself sets.

Prometheus puts a rule's labels over those of its series, and refuses the whole evaluation when two series
come out the same ("vector contains metrics with the same labelset after applying rule labels",
rules/recording.go and rules/alerting.go). promtool sees nothing of it, since it has no series.
"""

import re
from collections.abc import Iterator, Mapping

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.names import SERVICE
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan, PlannedAlert, PlannedService
from monitorgen.promql.analysis import Parsed, parse
from monitorgen.promql.pieces import Expr, render
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.conditions.base import Combined
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "colliding_series"]

_RECORDING = """    recordings:
      service:requests:rate5m: {{expr: '{0}'}}
    alerts:
"""


def _recorded(expr: str) -> str:
    return example("").replace("    alerts:\n", _RECORDING.format(expr))


COLLISION = Code(
    "MG0503",
    "series that become one under the rule's own labels",
    "A rule's labels replace those of its series. Here the result has a series for every value of one of "
    "them: they would all come out the same, and Prometheus then gives up the whole rule.",
    severity=Severity.WARNING,
    bad=_recorded("sum by (service) (rate(requests_total[5m]))"),
    good=_recorded('sum by (service) (rate(requests_total{service="checkout"}[5m]))'),
)
CODES = (COLLISION,)


def colliding_series(plan: Plan, spec: Spec) -> Iterator[Diagnostic]:
    """A warning for every rule that groups by a label which it also sets itself.

    Only labels that surely differ between series are looked at: `service`, and those that no job and no
    check of the service puts on its series.
    """
    for service in plan.services:
        on_series = {name for job in service.jobs for name in job.labels}
        on_series |= {name for check in service.checks for name in check.labels}
        on_series.discard(SERVICE)
        for path, text, labels in _rules(service):
            apart = _kept_apart(text)
            for name in (name for name in labels if name in apart and name not in on_series):
                yield COLLISION.at(
                    spec.span(path),
                    f"the result has a series for every `{name}`, and the rule calls them all "
                    f'{name}="{labels[name]}"',
                    hint=f'select {name}="{labels[name]}", or leave `{name}` out of the grouping',
                )
                break


def _kept_apart(text: str) -> frozenset[str]:
    """The labels by which the result has several series, where that is certain.

    A label that any selector holds to one value is left alone, as is `service` where a job is held to (which
    has one service), and every label of an expression that moves values into labels of its own.
    """
    parsed = parse(text)
    if not isinstance(parsed, Parsed) or parsed.labels.kept is None or parsed.labels.added:
        return frozenset()
    held = {m.name for s in parsed.selectors for m in s.matchers if m.op == "=" or _is_literal(m.op, m.value)}
    return parsed.labels.kept - held - ({SERVICE} if "job" in held else set())


def _is_literal(op: str, pattern: str) -> bool:
    """Whether a matcher is a pattern that only one text matches."""
    return op == "=~" and re.escape(pattern) in (pattern, pattern.replace("-", r"\-"))


def _rules(service: PlannedService) -> Iterator[tuple[Path, str, Mapping[str, str]]]:
    """The expressions that may keep groups apart, with the labels that their rules set."""
    for recording in service.recordings:
        yield (*recording.path, "expr"), recording.expr, recording.labels
    for alert in service.alerts:
        condition, path = alert.condition, alert.condition_path
        if path and condition.expression_field():
            yield (*path, condition.expression_field()), render(_expr(alert)), alert.labels
        elif path and isinstance(condition, Combined) and condition.aggregate is not None:
            field, groups = condition.groups()
            if not alert.labels.keys().isdisjoint(groups):
                yield (*path, field), render(_expr(alert)), alert.labels


def _expr(alert: PlannedAlert) -> Expr:
    return alert.condition.meaning(alert.scope).expr
