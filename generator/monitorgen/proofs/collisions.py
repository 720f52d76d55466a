"""Rules whose series would become one: they differ only in a label that the rule itself sets.

Prometheus puts a rule's labels over those of its series, and refuses the whole evaluation when two series
come out the same ("vector contains metrics with the same labelset after applying rule labels",
rules/recording.go and rules/alerting.go). promtool sees nothing of it, since it has no series.
"""

from collections.abc import Iterator

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.names import SERVICE
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan, PlannedAlert, PlannedService
from monitorgen.promql.analysis import Parsed, parse
from monitorgen.promql.pieces import Expr, render
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.conditions.base import OneMetric
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
    "A rule's labels replace those of its series. Here the result has a series for every service: they would "
    "all come out the same, and Prometheus then gives up the whole rule.",
    severity=Severity.WARNING,
    bad=_recorded("sum by (service) (rate(requests_total[5m]))"),
    good=_recorded('sum by (service) (rate(requests_total{service="checkout"}[5m]))'),
)
CODES = (COLLISION,)


def colliding_series(plan: Plan, spec: Spec) -> Iterator[Diagnostic]:
    """A warning for every rule whose result surely keeps services apart, while the rule names one itself.

    Only `service` is looked at: of the labels a rule sets it alone is sure to differ between series.
    """
    for service in plan.services:
        for path, text in _rules(service):
            if _keeps_services_apart(text):
                yield COLLISION.at(
                    spec.span(path),
                    "the result has a series for every service, and the rule calls them all "
                    f'{SERVICE}="{service.name}"',
                    hint=f'select {SERVICE}="{service.name}", or leave `{SERVICE}` out of the grouping',
                )


def _keeps_services_apart(text: str) -> bool:
    """True where it is certain.

    An expression with any selector that is held to one service (or to one job, which has one service), or
    one that moves values into labels of its own, is left alone.
    """
    parsed = parse(text)
    if not isinstance(parsed, Parsed) or parsed.labels.kept is None or parsed.labels.added:
        return False
    held = any(m.op == "=" and m.name in (SERVICE, "job") for s in parsed.selectors for m in s.matchers)
    return SERVICE in parsed.labels.kept and not held


def _rules(service: PlannedService) -> Iterator[tuple[Path, str]]:
    """The expressions that are not held to the service by us."""
    for recording in service.recordings:
        yield (*recording.path, "expr"), recording.expr
    for alert in service.alerts:
        condition = alert.condition
        if alert.condition_path and condition.expression_field():
            yield (*alert.condition_path, condition.expression_field()), render(_expr(alert))
        elif isinstance(condition, OneMetric) and condition.scope == "global":
            yield (*alert.condition_path, "by"), render(_expr(alert))


def _expr(alert: PlannedAlert) -> Expr:
    return alert.condition.meaning(alert.scope).expr
