"""A typed spec becomes a plan."""

from typing import TypeVar

from monitorgen.model.diagnostic import Diagnostic, Related
from monitorgen.model.names import ENVIRONMENT, slug
from monitorgen.model.rules import Path
from monitorgen.plan.alerts import external_labels
from monitorgen.plan.audit import check_audit
from monitorgen.plan.codes import CODES, ELSEWHERE, NAME_TAKEN, NOTHING
from monitorgen.plan.findings import Findings
from monitorgen.plan.receiver import check_receiver
from monitorgen.plan.services import planned_service
from monitorgen.plan.teams import Policies, planned_channels, planned_teams
from monitorgen.plan.values import Plan, PlannedService
from monitorgen.plan.versions import compatibility
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.conditions.base import OneMetric

__all__ = ["CODES", "resolve"]

_Name = TypeVar("_Name")


def resolve(spec: Spec) -> tuple[Plan, list[Diagnostic]]:
    """The plan, and everything in the spec that stands in its way."""
    root, findings = spec.root, Findings(spec)
    channels = planned_channels(root, findings)
    policies = Policies(root, channels, findings)
    teams = planned_teams(root, policies, findings)
    default = policies.policy(root.routing.default, ("routing", "default"))
    services = tuple(
        planned
        for name, service in sorted(root.services.items())
        if (planned := planned_service(root, spec.environment, name, service, teams, policies, findings))
    )
    _report_taken_names(services, findings)
    if not services and not any(path[0] == "services" for path in spec.broken):
        hint = "add one below `services:`, or switch one on"
        findings.found.append(
            NOTHING.at(spec.span(("services",), "key"), "there is no service to monitor", hint=hint)
        )
    _report_recorded_elsewhere(services, findings)
    policies.report_unused()
    check_audit(root, findings)
    check_receiver(root, services, findings)
    external = external_labels(root, findings)
    if spec.environment:
        external.setdefault(ENVIRONMENT, spec.environment)
    plan = Plan(
        organization=root.organization,
        environment=spec.environment,
        compatible_with=compatibility(root.compatible_with, findings),
        severities=tuple(root.severities),
        scrape_interval=root.defaults.scrape_interval,
        scrape_timeout=min(root.defaults.scrape_timeout, root.defaults.scrape_interval),
        evaluation_interval=root.defaults.evaluation_interval,
        external_labels=dict(sorted(external.items())),
        channels=channels,
        teams=teams,
        services=services,
        routing=root.routing,
        default_channels=default,
        servers=root.servers,
        clouds=root.clouds,
        audit=root.audit,
        receiver=root.receiver,
        emit=root.emit,
    )
    return plan, findings.found


def _report_recorded_elsewhere(services: tuple[PlannedService, ...], findings: Findings) -> None:
    """A warning for every condition that looks within its service for what only others record."""
    recorded: dict[str, dict[str, Path]] = {}
    for service in services:
        for recording in service.recordings:
            recorded.setdefault(recording.record, {})[service.name] = recording.path
    for service in services:
        for alert in service.alerts:
            condition = alert.condition
            if (
                not alert.condition_path
                or not isinstance(condition, OneMetric)
                or condition.scope == "global"
            ):
                continue
            by = recorded.get(condition.metric, {})
            if by and service.name not in by:
                other, path = min(by.items())
                findings.add(
                    ELSEWHERE,
                    (*alert.condition_path, "metric"),
                    f"`{condition.metric}` is recorded by `{other}`, and this condition looks only at "
                    f"`{service.name}`",
                    hint="say `scope: global` to look at every service",
                    related=(Related("it is recorded here", findings.spec.span(path, "key")),),
                )


def _report_taken_names(services: tuple[PlannedService, ...], findings: Findings) -> None:
    """An error for every two things that would be called the same in the output."""
    jobs: dict[str, Path] = {}
    files: dict[tuple[str, str], Path] = {}
    for service in services:
        _take(
            files,
            (slug(service.team).lower(), slug(service.name).lower()),
            service.path,
            "rule file",
            findings,
        )
        for job in service.jobs:
            _take(jobs, job.job, job.path, "scrape job", findings)
        alerts: dict[str, Path] = {}
        for alert in service.alerts:
            _take(alerts, alert.name, alert.path, "alert", findings)


def _take(taken: dict[_Name, Path], name: _Name, path: Path, what: str, findings: Findings) -> None:
    if name in taken:
        shown = "/".join(name) if isinstance(name, tuple) else name
        related = (Related("the first one is here", findings.spec.span(taken[name], "key")),)
        findings.add(
            NAME_TAKEN,
            path,
            f"a second {what} would be called `{shown}`",
            related=related,
            on_key=True,
            hint="rename one of them",
        )
    else:
        taken[name] = path
