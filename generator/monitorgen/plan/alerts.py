"""Alerts: severity, labels, annotations and policy, decided."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from monitorgen.model import names
from monitorgen.model.frozen import frozen
from monitorgen.model.rules import Path
from monitorgen.plan.codes import (
    BAD_ANNOTATION,
    BAD_PLACEHOLDER,
    CHANNELS_TWICE,
    RESERVED_LABEL,
    TEMPLATE_IN_LABEL,
    UNKNOWN_SEVERITY,
)
from monitorgen.plan.findings import Findings
from monitorgen.plan.placeholders import fill
from monitorgen.plan.teams import Policies
from monitorgen.plan.templates import annotation_fault
from monitorgen.plan.values import PlannedAlert, PlannedTeam
from monitorgen.spec.sections import Root
from monitorgen.spec.service import Alert
from monitorgen.vocabulary.checks import Check
from monitorgen.vocabulary.checks.base import CheckAlert
from monitorgen.vocabulary.checks.failing import Failing
from monitorgen.vocabulary.conditions.base import Scope

__all__ = ["Home", "checked_labels", "external_labels", "planned_alert", "planned_check_alert"]


_BRACES = 'there are $labels, $value, $externalLabels and $externalURL; plain braces are written {{ "{{" }}'


@frozen
class Home:
    """The service an alert lives in, as far as an alert needs it."""

    root: Root
    environment: str
    service: str
    team: PlannedTeam
    labels: dict[str, str]
    runbook: str
    runbook_path: Path
    dashboard_url: str
    """Where the service's dashboard is, for links in notifications; empty when people cannot reach one."""
    scope: Scope


def external_labels(root: Root, findings: Findings) -> dict[str, str]:
    """Prometheus's external labels. Alerts get those they lack, so one that routes rest on is reported."""
    kept = {}
    for name, value in root.defaults.external_labels.items():
        if name in names.RESERVED - {names.ENVIRONMENT}:
            findings.add(
                RESERVED_LABEL,
                ("defaults", "external_labels", name),
                f"the label `{name}` is set by monitorgen, and every alert without it would get this one",
                on_key=True,
                hint="use another name",
            )
        else:
            kept[name] = value
    return kept


def checked_labels(
    labels: Mapping[str, str], path: Path, findings: Findings, taken: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The labels that may be set by hand; the others, and those `taken` here, are reported."""
    kept = {}
    for name, value in labels.items():
        here = (*path, name)
        if name in taken:
            findings.add(
                RESERVED_LABEL,
                here,
                f"the label `{name}` tells targets apart, and would be the same for all",
                on_key=True,
                hint="use another name",
            )
        elif name in names.RESERVED:
            findings.add(
                RESERVED_LABEL,
                here,
                f"the label `{name}` is set by monitorgen",
                on_key=True,
                hint="use another name",
            )
        elif "{{" in value:
            findings.add(
                TEMPLATE_IN_LABEL,
                here,
                f"the label `{name}` holds a template",
                hint="put it under `annotations:`",
            )
        else:
            kept[name] = value
    return kept


def planned_alert(
    home: Home, name: str, alert: Alert, path: Path, policies: Policies, findings: Findings
) -> PlannedAlert:
    """One alert of the spec."""
    severity_known(home.root, alert.severity, (*path, "severity"), findings)
    own = _own_channels(home, alert, path, policies, findings)
    labels = _labels(home, alert.severity, checked_labels(alert.labels, (*path, "labels"), findings), own)
    texts = dict(_texts(home, name, alert, path, findings))
    return PlannedAlert(
        name=name,
        service=home.service,
        team=home.team.name,
        severity=alert.severity,
        labels=labels,
        annotations=texts,
        for_=home.root.defaults.for_ if alert.for_ is None else alert.for_,
        cooldown=alert.cooldown or 0.0,
        channels=own,
        condition=alert.condition,
        scope=home.scope,
        title=(alert.panel.title if alert.panel else "") or name,
        panel_extra=alert.panel.extra if alert.panel else {},
        path=path,
        condition_path=(*path, "condition"),
    )


def planned_check_alert(
    home: Home,
    check_name: str,
    check: Check,
    interval: float,
    path: Path,
    policies: Policies,
    findings: Findings,
) -> PlannedAlert:
    """The alert a check raises for itself: all attempts within one interval failed, or none could be made."""
    said = check.alert
    assert said is not None
    here = (*path, "alert")
    severity_known(home.root, said.severity, (*here, "severity"), findings)
    attempts = check.attempts()
    condition = Failing(check=check_name, window=interval * attempts if attempts > 1 else None)
    alert = _as_alert(said, condition, check_name, check, interval * attempts)
    own = _own_channels(home, alert, here, policies, findings)
    name = names.check_alert(check_name)
    return PlannedAlert(
        name=name,
        service=home.service,
        team=home.team.name,
        severity=said.severity,
        labels=_labels(home, said.severity, {names.CHECK: check_name}, own),
        annotations=dict(_texts(home, name, alert, here, findings)),
        for_=alert.for_ or 0.0,
        cooldown=said.cooldown or 0.0,
        channels=own,
        condition=alert.condition,
        scope=replace(home.scope, interval=min(interval, home.scope.interval)),
        title=f"check {check_name}",
        panel_extra={},
        path=here,
        condition_path=(),
    )


def _as_alert(said: CheckAlert, condition: Failing, name: str, check: Check, interval: float) -> Alert:
    target = check.probing().target.replace("{{", '{{ "{{" }}')
    return Alert.model_construct(
        condition=condition,
        severity=said.severity,
        description=said.description
        or f"The {check.type} check {name} of ${{service}} fails or cannot be made: {target}",
        for_=2 * interval if said.for_ is None else said.for_,
        cooldown=said.cooldown,
        channels=said.channels,
        add_channels=said.add_channels,
        summary="",
        runbook=said.runbook,
        tags=said.tags,
        labels={},
        annotations={},
        panel=None,
    )


def severity_known(root: Root, severity: str, path: Path, findings: Findings) -> bool:
    """True when the spec has this severity; reported otherwise."""
    return findings.reference(UNKNOWN_SEVERITY, path, severity, "severities", root.severities)


def _own_channels(
    home: Home, alert: Alert, path: Path, policies: Policies, findings: Findings
) -> tuple[str, ...] | None:
    if alert.channels is not None and alert.add_channels is not None:
        findings.add(
            CHANNELS_TWICE,
            (*path, "add_channels"),
            "`channels` and `add_channels` contradict each other",
            on_key=True,
            hint="keep one of them",
        )
    if alert.channels is not None:
        return policies.policy(alert.channels, (*path, "channels"))
    if alert.add_channels is not None:
        added = policies.policy(alert.add_channels, (*path, "add_channels"))
        return tuple(sorted({*home.team.channels(alert.severity), *added}))
    return None


def _labels(
    home: Home, severity: str, own: dict[str, str], channels: tuple[str, ...] | None
) -> dict[str, str]:
    """The alert's fixed labels; rule labels win over those of the series, so routes can rest on them."""
    fixed = {names.SEVERITY: severity, names.TEAM: home.team.name, names.SERVICE: home.service}
    if home.environment:
        fixed[names.ENVIRONMENT] = home.environment
    if channels is not None:
        fixed[names.NOTIFY] = names.policy_name(channels)
    return {**fixed, **dict(sorted({**home.labels, **own}.items()))}


def _texts(home: Home, name: str, alert: Alert, path: Path, findings: Findings) -> Iterator[tuple[str, str]]:
    values = {
        "alert": name,
        "service": home.service,
        "team": home.team.name,
        "severity": alert.severity,
        "environment": home.environment,
        "organization": home.root.organization,
    }

    def filled(text: str, where: Path) -> str:
        if fault := annotation_fault(text):
            findings.add(BAD_ANNOTATION, where, f"not a template: {fault}", hint=_BRACES)
        done, unknown = fill(text, values)
        for start, end, word in unknown:
            scalar = findings.spec.scalar(where)
            span = scalar.span_at(start, end) if scalar else findings.spec.span(where)
            known = ", ".join(f"${{{known}}}" for known in sorted(values))
            findings.found.append(
                BAD_PLACEHOLDER.at(span, f"nothing fills `${{{word}}}`", hint=f"there is {known}")
            )
        return done

    yield "summary", filled(alert.summary, (*path, "summary")) or f"{name} on {home.service}"
    yield "description", filled(alert.description, (*path, "description")).strip()
    if alert.runbook:
        yield "runbook_url", filled(alert.runbook, (*path, "runbook"))
    elif home.runbook:
        yield "runbook_url", filled(home.runbook, home.runbook_path)
    if home.dashboard_url:
        yield "dashboard_url", home.dashboard_url
    for index, word in enumerate(alert.tags):
        filled(word, (*path, "tags", str(index)))
    if alert.tags:
        yield "tags", ", ".join(alert.tags)
    for key, text in sorted(alert.annotations.items()):
        yield key, filled(text, (*path, "annotations", key))
