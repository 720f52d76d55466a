"""The dashboard of one service, and the overview of all of them.

Both look at what every build has: `ALERTS`, which Prometheus itself keeps, and the labels `service` and
`check` that every target and probe carries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any

from monitorgen.model.frozen import frozen
from monitorgen.model.names import (
    CHECK,
    OVERVIEW,
    SERVICE,
    SEVERITY,
    TEAM,
    dashboard_uid,
    service_dashboard_uid,
)
from monitorgen.model.panels import Column, Dashboard, Graph, Link, Panel, Query, Row
from monitorgen.promql.pieces import Aggregate, Binary, Call, Expr, Matcher, Number, Selector, render

__all__ = [
    "AlertPanel",
    "CheckPanel",
    "RecordingPanel",
    "ServiceLine",
    "overview",
    "overview_uid",
    "service_dashboard",
    "service_uid",
]

_TAG = "service:"
"""Before a service's name: the tag of its dashboard, by which tables link to it."""


@frozen
class AlertPanel:
    """What the dashboard shows of one alert. Without `graph`, its expression itself is drawn."""

    name: str
    severity: str
    expr: str
    description: str
    graph: Graph | None = None
    runbook: str = ""
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@frozen
class CheckPanel:
    """What the dashboard says of one check."""

    name: str
    kind: str
    target: str


@frozen
class RecordingPanel:
    """What the dashboard says of one recorded series."""

    record: str
    description: str = ""


@frozen
class ServiceLine:
    """What the overview says of one service."""

    name: str
    team: str
    description: str = ""


def service_uid(service: str, environment: str = "") -> str:
    """The UID of a service's dashboard, to link to."""
    return service_dashboard_uid(service, environment)


def overview_uid(environment: str = "") -> str:
    """The UID of the overview."""
    return dashboard_uid(OVERVIEW, environment or "all")


def service_dashboard(
    service: str,
    *,
    team: str,
    environment: str = "",
    description: str = "",
    alerts: Iterable[AlertPanel] = (),
    checks: Iterable[CheckPanel] = (),
    jobs: Iterable[str] = (),
    recordings: Iterable[RecordingPanel] = (),
    links: Iterable[tuple[str, str]] = (),
) -> Dashboard:
    """One service: what fires now, its checks, its targets, and each alert's expression with its threshold.

    Below them are the series it records. `jobs` are the names Prometheus has for the service's scrape jobs,
    `links` title and URL. Rows that would have nothing to show are left out.
    """
    alerts, checks, jobs = tuple(alerts), tuple(checks), tuple(jobs)
    own = (Matcher(SERVICE, "=", service),)
    targets = (*own, Matcher(CHECK, "=", ""))
    counts = [_firing_count(own)]
    if checks:
        counts.append(_down_count("Checks down", Selector("probe_success", own)))
    if jobs:
        counts.append(_down_count("Targets down", Selector("up", targets)))
    columns = (
        Column("alertname", "Alert"),
        Column("alertstate", "State"),
        Column(SEVERITY, "Severity"),
        Column(CHECK, "Check"),
        Column("instance", "Instance"),
    )
    about = Panel("About", "text", text=description, width=24, height=3)
    rows = [
        Row(
            "Now",
            (
                *((about,) if description else ()),
                *_in_line(counts),
                _table("Pending and firing alerts", Selector("ALERTS", own), columns, width=24),
            ),
        )
    ]
    if checks:
        rows.append(Row("Checks", _check_panels(checks, own)))
    if jobs:
        rows.append(Row("Targets", _target_panels(targets)))
    if alerts:
        rows.append(Row("Alerts", tuple(_alert_panel(alert) for alert in alerts)))
    if recorded := tuple(_recording_panel(recording, own) for recording in recordings):
        rows.append(Row("Recorded series", recorded))
    return Dashboard(
        uid=service_uid(service, environment),
        title=f"{service} ({environment})" if environment else service,
        folder=team,
        file=service,
        rows=tuple(rows),
        tags=("monitorgen", f"{_TAG}{service}", f"team:{team}"),
        links=(
            Link("All services", uid=overview_uid(environment)),
            *(Link(title, url=address) for title, address in links),
        ),
        description=description,
    )


def overview(
    services: Iterable[ServiceLine],
    *,
    organization: str,
    environment: str = "",
    links: Iterable[tuple[str, str]] = (),
) -> Dashboard:
    """All services: alerts firing by severity, team and service, what is down, and a link to each service.

    `links` are further ones at its top, title and URL.
    """
    ours = (Matcher(SERVICE, "!=", ""),)
    targets = (*ours, Matcher(CHECK, "=", ""))
    firing = _firing(())
    by_label = [
        Panel(
            f"Firing alerts by {label}",
            "timeseries",
            (Query(render(Aggregate("count", firing, by=(label,))), f"{{{{{label}}}}}"),),
            unit="count",
            width=8,
        )
        for label in (SEVERITY, TEAM, SERVICE)
    ]
    service = Column(SERVICE, "Service", _TAG)
    instance = Column("instance", "Instance")
    now = (
        *_in_line(
            [
                _firing_count(()),
                _down_count("Checks down", Selector("probe_success", ours)),
                _down_count("Targets down", Selector("up", targets)),
            ]
        ),
        *by_label,
        _table(
            "Firing alerts",
            firing,
            (
                Column("alertname", "Alert"),
                Column(SEVERITY, "Severity"),
                Column(TEAM, "Team"),
                service,
                Column(CHECK, "Check"),
                instance,
            ),
            width=24,
        ),
        _table(
            "Checks that fail", _is_down("probe_success", ours), (service, Column(CHECK, "Check"), instance)
        ),
        _table("Targets that are down", _is_down("up", targets), (service, Column("job", "Job"), instance)),
    )
    return Dashboard(
        uid=overview_uid(environment),
        title=f"{organization}: all services" + (f" ({environment})" if environment else ""),
        folder="",
        file=OVERVIEW,
        rows=(Row("Now", now), Row("Services", tuple(_lists(services, environment)))),
        tags=("monitorgen",),
        links=tuple(Link(title, url=address) for title, address in links),
    )


def _firing(own: tuple[Matcher, ...]) -> Selector:
    return Selector("ALERTS", (Matcher("alertstate", "=", "firing"), *own))


def _is_down(metric: str, own: tuple[Matcher, ...]) -> Expr:
    return Binary("==", Selector(metric, own), Number(0))


def _firing_count(own: tuple[Matcher, ...]) -> Panel:
    # No alert at all is a real zero, unlike no check and no target at all.
    counted = Binary("or", Aggregate("count", _firing(own)), Call("vector", (Number(0),)))
    return _count("Firing alerts", counted)


def _down_count(title: str, state: Selector) -> Panel:
    # Nothing to count stays "No data": a server that has lost its targets must not look healthy.
    return _count(title, Binary("-", Aggregate("count", state), Aggregate("sum", state)))


def _count(title: str, expr: Expr) -> Panel:
    return Panel(
        title, "stat", (Query(render(expr), title, instant=True),), threshold=1, side="above", height=4
    )


def _in_line(panels: list[Panel]) -> Iterable[Panel]:
    """The panels side by side over the whole width."""
    return (replace(panel, width=24 // len(panels)) for panel in panels)


def _table(title: str, expr: Expr, columns: tuple[Column, ...], width: int = 12) -> Panel:
    return Panel(title, "table", (Query(render(expr), instant=True),), columns=columns, width=width)


def _check_panels(checks: tuple[CheckPanel, ...], own: tuple[Matcher, ...]) -> tuple[Panel, ...]:
    what = "\n".join(f"- {check.name}: {check.kind}, {check.target}" for check in checks)
    legend = f"{{{{{CHECK}}}}}"
    return (
        Panel(
            "Checks",
            "states",
            (Query(render(Selector("probe_success", own)), legend),),
            description=what,
            mappings=(("1", "up", "green"), ("0", "down", "red")),
        ),
        Panel(
            "Time the checks take",
            "timeseries",
            (Query(render(Selector("probe_duration_seconds", own)), legend),),
            unit="seconds",
        ),
    )


def _target_panels(targets: tuple[Matcher, ...]) -> tuple[Panel, ...]:
    return (
        Panel(
            "Share of targets that are up",
            "timeseries",
            (Query(render(Aggregate("avg", Selector("up", targets), by=("job",))), "{{job}}"),),
            unit="ratio",
            bounds=(0.0, 1.0),
        ),
        _table(
            "Targets that are down",
            _is_down("up", targets),
            (Column("job", "Job"), Column("instance", "Instance")),
        ),
    )


def _alert_panel(alert: AlertPanel) -> Panel:
    graph = alert.graph or Graph(alert.expr)
    said = [alert.description, f"Severity: {alert.severity}."]
    if alert.graph is None:
        said.append("Drawn is the alert's own expression, which has values only while it holds.")
    return Panel(
        alert.title or alert.name,
        "timeseries",
        (Query(graph.expr),),
        description="\n\n".join(part for part in said if part),
        unit=graph.unit,
        threshold=graph.threshold,
        side=graph.side,
        links=(Link("Runbook", url=alert.runbook),) if alert.runbook else (),
        key=f"alert/{alert.name}",
        extra=alert.extra,
    )


def _recording_panel(recording: RecordingPanel, own: tuple[Matcher, ...]) -> Panel:
    return Panel(
        recording.record,
        "timeseries",
        (Query(render(Selector(recording.record, own))),),
        description=recording.description,
        key=f"recording/{recording.record}",
    )


def _lists(services: Iterable[ServiceLine], environment: str) -> Iterable[Panel]:
    """A panel for every team: its services, each with a link to its dashboard."""
    teams: dict[str, list[ServiceLine]] = {}
    for service in sorted(services, key=lambda service: (service.team, service.name)):
        teams.setdefault(service.team, []).append(service)
    for team, own in teams.items():
        links = tuple(
            Link(service.name, uid=service_uid(service.name, environment), text=service.description)
            for service in own
        )
        height = min(3 + len(links), 12)
        yield Panel(team, "links", links=links, width=8, height=height, key=f"team/{team}")
