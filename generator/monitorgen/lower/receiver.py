"""`receiver:` as the settings that the runtime reads, and as the way that every alert takes to it."""

from collections.abc import Mapping
from typing import Any

from monitorgen.lower.audit import about
from monitorgen.lower.settings import settings
from monitorgen.model import names
from monitorgen.model.duration import format_duration
from monitorgen.model.routing import Integration, Receiver, Route
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan, PlannedAlert
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.access import BasicAuth, client_settings
from monitorgen.vocabulary.secrets import SecretFile

__all__ = ["receiver_rules", "receiver_settings", "receiver_way"]

# A machine reads these: soon told is better than well grouped, and a repeat is what confirms that an alert
# still fires. None of it touches how people are told.
_GROUP_WAIT = 5.0
_GROUP_INTERVAL = 30.0
_REPEAT_INTERVAL = 600.0


def receiver_settings(plan: Plan) -> dict[str, Any] | None:
    """The section with its defaults and with the settings of its log; None where there is either missing.

    Notifications and actions that are switched off are left out, wherever they are named.
    """
    receiver = plan.receiver
    if receiver is None or plan.audit is None:
        return None
    said: dict[str, Any] = settings(receiver)
    off = {name for name, one in receiver.notifications.items() if not one.enabled}
    still = {name for name, one in receiver.actions.items() if one.enabled}
    for section, kept in (("notifications", receiver.notifications.keys() - off), ("actions", still)):
        if section in said:
            said[section] = {name: one for name, one in said[section].items() if name in kept}
    for place in (said, said["acknowledgement"]):
        for key in ("notify", "unknown_notify"):
            if key in place:
                place[key] = [name for name in place[key] if name not in off]
    return about(plan) | {"audit": settings(plan.audit)} | said


def receiver_way(plan: Plan, group_by: tuple[str, ...]) -> tuple[Route, Receiver] | None:
    """The route that takes a copy of every alert, and the Alertmanager receiver it leads to."""
    receiver = plan.receiver
    name = receiver.default_source if receiver else None
    if receiver is None or name is None:
        return None
    source = receiver.sources[name]
    token = source.token if isinstance(source.token, SecretFile) else None
    basic = (
        BasicAuth(username=source.username, password=source.password)
        if source.username is not None and isinstance(source.password, SecretFile)
        else None
    )
    config = {
        "send_resolved": True,
        "url": f"{receiver.public_url}/api/v1/webhook/{name}",
        # A redirect would turn the POST into a GET without a body, and its 200 would count as delivered.
        "http_config": {"follow_redirects": False, **client_settings(basic, token, source.tls)},
    }
    origin: Path = ("receiver", "sources", name)
    route = Route(
        names.RECEIVER,
        (),
        origin,
        comment="a copy of every alert for the receiver",
        group_by=group_by,
        group_wait=_GROUP_WAIT,
        group_interval=_GROUP_INTERVAL,
        repeat_interval=_REPEAT_INTERVAL,
        goes_on=True,
    )
    return route, Receiver(names.RECEIVER, (), (Integration("webhook_configs", config),))


def receiver_rules(plan: Plan, spec: Spec, files: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Every alert of the spec for the receiver's users, sorted by service and name.

    `files` are the paths of the spec's files within the spec, by those in its spans.
    """
    return tuple(
        _rule(alert, spec, files)
        for service in plan.services
        for alert in sorted(service.alerts, key=lambda alert: alert.name)
    )


def _rule(alert: PlannedAlert, spec: Spec, files: Mapping[str, str]) -> dict[str, Any]:
    span = spec.span(alert.path, "key")
    said = alert.annotations
    return {
        "alertname": alert.name,
        "service": alert.service,
        "team": alert.team,
        "severity": alert.severity,
        "for": format_duration(alert.for_),
        "summary": said.get("summary", ""),
        "description": said.get("description", ""),
        "runbook": said.get("runbook_url", ""),
        "dashboard": said.get("dashboard_url", ""),
        "file": files.get(span.file, span.file),
        "line": span.line,
    }
