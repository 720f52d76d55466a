"""The dashboards of a plan: one for each service, and the overview."""

from collections.abc import Sequence
from functools import partial

from monitorgen.lower.panels import (
    AlertPanel,
    CheckPanel,
    RecordingPanel,
    ServiceLine,
    overview,
    service_dashboard,
)
from monitorgen.lower.rules import LoweredAlert, LoweredService
from monitorgen.lower.spoken import spoken
from monitorgen.model.lazy import Lazy
from monitorgen.model.panels import Dashboard
from monitorgen.plan.values import Plan

__all__ = ["dashboards"]


def dashboards(plan: Plan, services: Sequence[LoweredService]) -> Lazy[Dashboard]:
    """The overview first, then every service's, in the order of the plan."""
    shown = [service for service in services if service.planned.has_dashboard]
    return Lazy([partial(_overview, plan, shown), *(partial(_service, plan, service) for service in shown)])


def _overview(plan: Plan, services: Sequence[LoweredService]) -> Dashboard:
    lines = (ServiceLine(s.planned.name, s.planned.team, s.planned.description) for s in services)
    servers = (("Prometheus", plan.servers.prometheus.url), ("Alertmanager", plan.servers.alertmanager.url))
    return overview(
        lines,
        organization=plan.organization,
        environment=plan.environment,
        links=tuple((title, url) for title, url in servers if url),
    )


def _service(plan: Plan, lowered: LoweredService) -> Dashboard:
    service = lowered.planned
    return service_dashboard(
        service.name,
        team=service.team,
        environment=plan.environment,
        description=service.description,
        alerts=tuple(_alert(alert) for alert in lowered.alerts),
        checks=tuple(CheckPanel(c.name, c.check.type, c.check.probing().target) for c in service.checks),
        jobs=tuple(job.job for job in service.jobs),
        recordings=tuple(RecordingPanel(r.record, r.description) for r in service.recordings),
        links=service.links,
    )


def _alert(alert: LoweredAlert) -> AlertPanel:
    planned = alert.planned
    return AlertPanel(
        name=planned.name,
        severity=planned.severity,
        expr=alert.expr,
        description=spoken(planned.annotations["description"]),
        graph=planned.condition.graph(planned.scope),
        runbook=planned.annotations.get("runbook_url", ""),
        title=planned.title,
        extra=planned.panel_extra,
    )
