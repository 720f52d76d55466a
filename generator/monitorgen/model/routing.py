"""Alertmanager's receivers and its tree of routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitorgen.model.rules import Path

__all__ = ["Integration", "Receiver", "Route", "RoutingTree"]


@dataclass(frozen=True, slots=True)
class Integration:
    """One way out of a receiver: `kind` is Alertmanager's key (`slack_configs`), `config` one entry of it."""

    kind: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receiver:
    """A named set of integrations: one policy, that is, one set of channels of the spec."""

    name: str
    channels: tuple[str, ...]
    integrations: tuple[Integration, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One node of the route tree. `match` holds exact label values; timing is in seconds, None inherits."""

    receiver: str
    match: tuple[tuple[str, str], ...]
    origin: Path
    comment: str = ""
    group_by: tuple[str, ...] | None = None
    group_wait: float | None = None
    group_interval: float | None = None
    repeat_interval: float | None = None
    routes: tuple["Route", ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutingTree:
    """Everything `alertmanager.yml` says about delivery."""

    root: Route
    receivers: tuple[Receiver, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
