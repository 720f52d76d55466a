"""Services: jobs, checks, recordings and alerts, with the defaults of the spec filled in."""

from collections.abc import Iterator

from monitorgen.model import names
from monitorgen.model.rules import Path
from monitorgen.plan.alerts import Home, checked_labels, planned_alert, planned_check_alert
from monitorgen.plan.codes import NO_TARGETS, NO_TEAM, UNKNOWN_TEAM, UNWATCHED_CHECK
from monitorgen.plan.findings import Findings
from monitorgen.plan.intervals import evaluation_of, interval_of, probe_timeout_of, timeout_of
from monitorgen.plan.order import by_name, by_use
from monitorgen.plan.teams import Policies
from monitorgen.plan.values import (
    PlannedAlert,
    PlannedCheck,
    PlannedJob,
    PlannedRecording,
    PlannedService,
    PlannedTeam,
)
from monitorgen.promql.pieces import Matcher
from monitorgen.spec.sections import Root, Team
from monitorgen.spec.service import Service
from monitorgen.vocabulary.conditions.base import OneMetric, Scope

__all__ = ["planned_service"]

_CHECK_TIMEOUT = 10.0

_TARGETS = frozenset({"instance", "job"})
"""The labels by which Prometheus itself tells targets apart: two that agree in all labels are one."""


def planned_service(
    root: Root,
    environment: str,
    name: str,
    service: Service,
    teams: dict[str, PlannedTeam],
    policies: Policies,
    findings: Findings,
) -> PlannedService | None:
    """One service, or None when it is switched off or its team is not known."""
    path: Path = ("services", name)
    if not findings.enabled(service, path):
        return None
    team = _team(service, path, teams, findings)
    own_labels = checked_labels(service.labels, (*path, "labels"), findings, _TARGETS)
    usual = checked_labels(root.defaults.labels, ("defaults", "labels"), findings, _TARGETS)
    labels = {**usual, **own_labels}
    on_targets = {names.SERVICE: name, **dict(sorted(labels.items()))}
    jobs = tuple(_jobs(root, service, name, path, on_targets, findings))
    checks = tuple(_checks(root, service, path, on_targets, findings))
    recordings = tuple(
        PlannedRecording(
            record,
            recording.expr.strip(),
            {
                names.SERVICE: name,
                **checked_labels(recording.labels, (*path, "recordings", record, "labels"), findings),
            },
            recording.description,
            (*path, "recordings", record),
        )
        for record, recording in by_use(service.recordings)
        if findings.enabled(recording, (*path, "recordings", record))
    )
    has_dashboard = service.dashboard is None or findings.enabled(service.dashboard, (*path, "dashboard"))
    interval = min((job.interval for job in jobs), default=root.defaults.scrape_interval)
    runbook, runbook_path = service.runbook, (*path, "runbook")
    if not runbook:
        runbook, runbook_path = root.defaults.runbook, ("defaults", "runbook")
    home = Home(
        root,
        environment,
        name,
        team,
        _shared(labels, jobs, checks),
        runbook,
        runbook_path,
        _dashboard_url(root, environment, name) if has_dashboard else "",
        Scope((Matcher(names.SERVICE, "=", name),), {names.SERVICE: name}, interval),
    )
    alerts = tuple(_alerts(home, service, path, checks, policies, findings))
    _report_unwatched(checks, alerts, findings)
    return PlannedService(
        name=name,
        team=team.name,
        description=service.description,
        evaluation_interval=evaluation_of(
            service.evaluation_interval,
            root.defaults.evaluation_interval,
            path,
            findings,
            leaves_series=bool(recordings) or any(alert.for_ for alert in alerts),
        ),
        jobs=jobs,
        checks=checks,
        recordings=recordings,
        alerts=alerts,
        links=tuple(sorted(service.dashboard.links.items())) if service.dashboard else (),
        has_dashboard=has_dashboard,
        path=path,
    )


def _shared(
    labels: dict[str, str], jobs: tuple[PlannedJob, ...], checks: tuple[PlannedCheck, ...]
) -> dict[str, str]:
    """The labels that all of the service's series have alike.

    A rule's label replaces that of its series, so one that some job or check says otherwise would be wrong
    on its alerts, and make one of several groups by it; the series bring their own.
    """
    own = [*(job.labels for job in jobs), *(check.labels for check in checks)]
    return {name: value for name, value in labels.items() if all(said[name] == value for said in own)}


def _dashboard_url(root: Root, environment: str, service: str) -> str:
    url = root.servers.grafana.url
    if url is None or not root.emit.grafana:
        return ""
    return f"{url.rstrip('/')}/d/{names.service_dashboard_uid(service, environment)}"


def _team(service: Service, path: Path, teams: dict[str, PlannedTeam], findings: Findings) -> PlannedTeam:
    """The service's team; one that reaches nobody stands in where it is missing, so that checking goes on."""
    if service.team is None:
        if findings.spec.scalar((*path, "team")) is None:  # one that is empty has been said to be
            findings.add(NO_TEAM, path, f"`{path[-1]}` belongs to no team", hint="add `team:`", on_key=True)
        return _stand_in("nobody")
    if service.team in teams:
        return teams[service.team]
    findings.reference(UNKNOWN_TEAM, (*path, "team"), service.team, "teams", teams)
    return _stand_in(service.team)


def _stand_in(name: str) -> PlannedTeam:
    return PlannedTeam(name, {}, (), Team.model_construct(), ("teams", name))


def _jobs(
    root: Root, service: Service, name: str, path: Path, labels: dict[str, str], findings: Findings
) -> Iterator[PlannedJob]:
    for key, scrape in by_name(service.scrape):
        here = (*path, "scrape", key)
        if not findings.enabled(scrape, here):
            continue
        if not scrape.given():
            findings.add(
                NO_TARGETS,
                here,
                f"`{key}` does not say where its targets are",
                on_key=True,
                hint="add static:, file:, ec2:, kubernetes: or another discovery",
            )
            continue
        interval = interval_of(scrape.interval, root.defaults.scrape_interval, here, findings)
        timeout = timeout_of(scrape.timeout, root.defaults.scrape_timeout, interval, here, findings)
        own = checked_labels(scrape.labels, (*here, "labels"), findings)
        yield PlannedJob(key, names.job_name(name, key), scrape, interval, timeout, {**labels, **own}, here)


def _checks(
    root: Root, service: Service, path: Path, labels: dict[str, str], findings: Findings
) -> Iterator[PlannedCheck]:
    for key, check in by_name(service.checks):
        here = (*path, "checks", key)
        if not findings.enabled(check, here):
            continue
        default = root.defaults.scrape_interval
        interval = interval_of(check.interval, default, here, findings, check.attempts())
        timeout = probe_timeout_of(check.timeout, _CHECK_TIMEOUT, interval, here, findings)
        own = checked_labels(check.labels, (*here, "labels"), findings, _TARGETS)
        yield PlannedCheck(key, check, interval, timeout, {**labels, names.CHECK: key, **own}, here)


def _alerts(
    home: Home,
    service: Service,
    path: Path,
    checks: tuple[PlannedCheck, ...],
    policies: Policies,
    findings: Findings,
) -> Iterator[PlannedAlert]:
    for key, alert in by_name(service.alerts):
        here = (*path, "alerts", key)
        if findings.enabled(alert, here):
            yield planned_alert(home, key, alert, here, policies, findings)
    for planned in checks:
        if planned.check.alert is not None:
            yield planned_check_alert(
                home, planned.name, planned.check, planned.interval, planned.path, policies, findings
            )


def _report_unwatched(
    checks: tuple[PlannedCheck, ...], alerts: tuple[PlannedAlert, ...], findings: Findings
) -> None:
    """A warning for every check whose result no alert of the service looks at, if all could be read."""
    for planned in checks:
        if any(cut[:2] == planned.path[:2] for cut in findings.spec.broken):
            continue
        if planned.check.alert is None and not any(_looks_at(alert, planned.name) for alert in alerts):
            hint = "add `alert: {severity: ...}` to it"
            findings.add(
                UNWATCHED_CHECK,
                planned.path,
                f"nobody is told when the check `{planned.name}` fails",
                hint=hint,
                on_key=True,
            )


def _looks_at(alert: PlannedAlert, check: str) -> bool:
    condition = alert.condition
    if isinstance(condition, OneMetric):
        if not condition.metric.startswith("probe_"):
            return False
        wanted = condition.where.get(names.CHECK)
        return wanted is None or wanted == check or check in wanted
    text = getattr(condition, condition.expression_field(), "") if condition.expression_field() else ""
    return "probe_" in text
