"""Effects and settings for tests of the kinds."""

from dataclasses import dataclass, field
from typing import Any

from monitorgen.vocabulary.receiver_effects import ReceiverAction, ReceiverNotification
from monitorgen_exporters.receiver.effects.kind import Effect

__all__ = ["ID", "Given", "action", "effect", "notification"]

ID = "0198f3a0-0000-7000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Given:
    """Settings with nothing in them but what effects need."""

    notifications: dict[str, ReceiverNotification] = field(default_factory=dict)
    actions: dict[str, ReceiverAction] = field(default_factory=dict)


def action(*command: str, **said: Any) -> ReceiverAction:
    """An action as a spec would say it."""
    return ReceiverAction.model_validate(
        {"command": list(command), "match": {"alertname": "WebDown"}, **said}
    )


def notification(url: Any, **said: Any) -> ReceiverNotification:
    """A notification as a spec would say it."""
    return ReceiverNotification.model_validate({"url": url, **said})


def effect(kind: str, request: dict[str, Any], *, name: str = "it", target: str = "web") -> Effect:
    """An effect that a runner has just started."""
    now = "2026-11-21T10:00:00.000000Z"
    return Effect(
        id=ID,
        key="key",
        kind=kind,
        name=name,
        episode="episode",
        tenant="acme",
        target=target,
        state="started",
        why="",
        attempts=1,
        next_at=now,
        lease_until=now,
        owner="here",
        request=request,
        result={},
        planned_at=now,
        changed_at=now,
    )
