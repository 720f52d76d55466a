"""Witnesses of who is told and how: teams, channels, severities, routing."""

from typing import Any

from tests.fields.seen import Seen
from tests.fields.witness import Observe, Witness, codes, receiver

__all__ = ["WITNESSES"]


def _route(key: str) -> Observe:
    """The root route as Alertmanager has it."""
    return lambda seen: seen.alertmanager["route"].get(key)


def _team_route(key: str) -> Observe:
    def look(seen: Seen) -> Any:
        routes = seen.alertmanager["route"]["routes"]
        (payments,) = (r for r in routes if r.get("matchers") == ['team="payments"'])
        return payments.get(key)

    return look


def _severities(seen: Seen) -> list[str]:
    return [route["matchers"][0] for route in _team_route("routes")(seen)]


def _described(seen: Seen) -> bool:
    return "Moves money" in seen.files["alertmanager/alertmanager.yml"]


WITNESSES = (
    Witness(
        "teams.payments.notify",
        {"high": ["spare"], "default": ["chat", "pager"]},
        receiver(),
        "chat",
        "spare",
    ),
    Witness("teams.payments.description", "Moves money", _described, False, True),
    Witness("teams.payments.group_by", ["team"], _team_route("group_by"), None, ["team"]),
    Witness("teams.payments.group_wait", "9s", _team_route("group_wait"), None, "9s"),
    Witness("teams.payments.group_interval", "9m", _team_route("group_interval"), None, "9m"),
    Witness("teams.payments.repeat_interval", "9h", _team_route("repeat_interval"), None, "9h"),
    Witness("teams.payments.extra", {"group_wait": "8s"}, _team_route("group_wait"), None, "8s"),
    Witness(
        "channels.chat.enabled",
        False,
        receiver(),
        "chat,pager",
        "pager",
        {"channels.chat.reason": "moving", "teams.payments.notify": {"default": ["chat", "pager"]}},
    ),
    Witness(
        "channels.chat.reason",
        "moving",
        codes,
        "MG0314",
        "",
        {"channels.chat.enabled": False, "teams.payments.notify": {"default": ["chat", "pager"]}},
    ),
    Witness(
        "severities",
        ["critical", "high"],
        _severities,
        ['severity="critical"', 'severity="high"'],
        ['severity="high"', 'severity="critical"'],
        {"teams.payments.notify": {"high": ["chat"], "critical": ["pager"]}},
    ),
    Witness(
        "routing.default",
        ["other"],
        _route("receiver"),
        "spare",
        "other",
        {"teams.payments.notify.low": ["spare"]},
    ),
    Witness("routing.group_by", ["team"], _route("group_by"), ["alertname", "service", "severity"], ["team"]),
    Witness("routing.group_wait", "9s", _route("group_wait"), "30s", "9s"),
    Witness("routing.group_interval", "9m", _route("group_interval"), "5m", "9m"),
    Witness("routing.repeat_interval", "9h", _route("repeat_interval"), "4h", "9h"),
    Witness("routing.extra", {"group_wait": "8s"}, _route("group_wait"), "30s", "8s"),
    Witness(
        "routing.alertmanager_extra",
        {"time_intervals": [{"name": "nights", "time_intervals": []}]},
        lambda seen: [one["name"] for one in seen.alertmanager.get("time_intervals", ())],
        [],
        ["nights"],
    ),
)
