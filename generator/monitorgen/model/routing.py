"""Alertmanager's receivers and its tree of routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from monitorgen.model.merging import merged
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
    goes_on: bool = False
    """Whether the routes after it are tried, too (`continue`)."""
    is_root: bool = False
    """Whether it stands for the root, below one that sends copies: what the root would take it takes, and
    routes that `extra` adds to the root are its own."""


@dataclass(frozen=True, slots=True)
class RoutingTree:
    """Everything `alertmanager.yml` says about delivery."""

    root: Route
    receivers: tuple[Receiver, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def whole(self) -> Route:
        """The root route with what `extra` says of it, each key where it takes effect."""
        above = self.extra.get("route")
        extra = merged(above if isinstance(above, Mapping) else {}, self.root.extra)
        *others, last = self.root.routes or (self.root,)
        if not last.is_root:
            return replace(self.root, extra=extra)
        below = {"routes": extra.pop("routes")} if "routes" in extra else {}
        receiver = extra.get("receiver") or last.receiver
        last = replace(last, receiver=str(receiver), extra=below)
        return replace(self.root, extra=extra, routes=(*others, last))
