"""Alertmanager's receivers and its tree of routes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitorgen.model.rules import Path

__all__ = ["Integration", "Receiver", "Route", "RoutingTree", "labels_matched", "walk"]


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


def walk(root: Route, labels: Mapping[str, str]) -> Iterator[tuple[Route, ...]]:
    """The paths, root first, that end in a route which takes an alert with these labels.

    As Alertmanager's dispatcher does it (dispatch/route.go, Route.Match): children are tried in order,
    the first that matches takes the alert unless it says `continue`, and a node none of whose children
    match takes it itself. A label that is not there counts as empty. No route of ours says `continue`.
    """
    if any(labels.get(name, "") != value for name, value in root.match):
        return
    for child in root.routes:
        found = list(walk(child, labels))
        if found:
            for path in found:
                yield (root, *path)
            return
    yield (root,)


def labels_matched(root: Route) -> frozenset[str]:
    """The names of the labels that this route or one below it looks at."""
    return frozenset(name for name, _ in root.match).union(*(labels_matched(child) for child in root.routes))
