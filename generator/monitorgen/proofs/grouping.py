"""`group_by`: labels that no alert has make no groups."""

from collections.abc import Iterator

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.names import ENVIRONMENT
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan, PlannedAlert
from monitorgen.promql.analysis import Parsed, parse
from monitorgen.promql.labels import ANY, Labels
from monitorgen.promql.pieces import render
from monitorgen.spec.suggestion import did_you_mean, nearest
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "idle_groupings"]

IDLE_GROUPING = Code(
    "MG0337",
    "a grouping by a label that no alert has",
    "Alertmanager takes a label that is not there for an empty one, the same for all alerts: they are not "
    "told apart by it. Most of the time the name is mistyped.",
    severity=Severity.WARNING,
    bad=example("") + "routing: {group_by: [alertname, servise]}\n",
    good=example("") + "routing: {group_by: [alertname, service]}\n",
)
CODES = (IDLE_GROUPING,)


def idle_groupings(plan: Plan, spec: Spec) -> Iterator[Diagnostic]:
    """A warning for each label of a `group_by` that no alert it is about can have.

    What stored series carry is not known: where one may have the label, there is a warning only if the name
    is all but that of a label every alert has.
    """
    alerts = [alert for service in plan.services for alert in service.alerts]
    if spec.broken or not alerts:
        return
    everywhere = {"alertname", *plan.external_labels}
    if plan.environment or spec.root.environments:
        everywhere.add(ENVIRONMENT)
    if plan.routing.group_by is not None:
        yield from _idle(("routing", "group_by"), plan.routing.group_by, alerts, everywhere, spec)
    for name, team in plan.teams.items():
        theirs = [alert for alert in alerts if alert.team == name]
        if team.team.group_by is not None and theirs:
            yield from _idle((*team.path, "group_by"), team.team.group_by, theirs, everywhere, spec)


def _idle(
    path: Path, labels: list[str], alerts: list[PlannedAlert], everywhere: set[str], spec: Spec
) -> Iterator[Diagnostic]:
    fixed = everywhere.union(*(alert.labels for alert in alerts))
    unsure = [label for label in labels if label not in fixed]
    if not unsure or spec.elsewhere.intersection(unsure):
        return
    results = [_labels(alert) for alert in alerts]
    for label in unsure:
        can = [result for result in results if result.can_carry(label)]
        if any(result.kept is not None for result in can) or (can and not _is_slip(label, fixed)):
            continue
        place = spec.span((*path, str(labels.index(label))))
        yield IDLE_GROUPING.at(
            place, f"no alert has the label `{label}`", hint=did_you_mean(label, sorted(fixed))
        )


def _is_slip(label: str, fixed: set[str]) -> bool:
    """Whether the two names differ in a letter or two."""
    near = nearest(label, fixed)
    return bool(near) and abs(len(near) - len(label)) < 2 and len(set(near) ^ set(label)) < 3


def _labels(alert: PlannedAlert) -> Labels:
    parsed = parse(render(alert.condition.meaning(alert.scope).expr))
    return parsed.labels if isinstance(parsed, Parsed) else ANY
