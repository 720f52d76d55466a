"""Who is told of an alert with given labels, by which routes, and which lines of the spec made it so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

from monitorgen.model.names import ENVIRONMENT, NOTIFY, RECEIVER, SERVICE, SEVERITY, TEAM
from monitorgen.model.routing import RoutingTree
from monitorgen.model.rules import Path
from monitorgen.model.span import Span
from monitorgen.plan.values import Plan, PlannedAlert
from monitorgen.proofs.route_tree import RouteNode, Undecided, apart, of_model, walk
from monitorgen.source.node import get
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.spec.validate import Spec

__all__ = ["Delivery", "Hop", "Reason", "Routed", "RoutedAlert", "Setting", "Told", "routed"]

_RECEIVER = "receiver"
"""The section of the spec that our own receiver comes from."""

_SETTINGS = (
    *("group_by", "group_wait", "group_interval", "repeat_interval"),
    *("mute_time_intervals", "active_time_intervals"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A channel that is told; `span` is where the spec defines it."""

    name: str
    type: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Hop:
    """A route on the way: its matchers as Alertmanager writes them, its receiver, its line of the spec."""

    matchers: tuple[str, ...]
    receiver: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Setting:
    """How the route groups or repeats; without `span` the spec says nothing, and the default holds."""

    name: str
    value: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One receiver that gets the alert, and the path down the tree to it; no channels means nobody."""

    receiver: str
    channels: tuple[Told, ...]
    path: tuple[Hop, ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class RoutedAlert:
    """An alert of the spec that has the labels asked for, its receivers, and the line that decides."""

    name: str
    service: str
    severity: str
    span: Span
    receivers: tuple[str, ...]
    decided: Span | None


@dataclass(frozen=True, slots=True)
class Reason:
    """A label of an alert, and the line of the spec that gives it."""

    label: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an alert with the labels `asked` goes. `undecided` is a matcher only Alertmanager can judge.

    `labels` are those the routes were walked with: what was asked, and what all alerts of the spec with
    those labels share of what routes look at. Where only one alert has the labels asked for, they are all
    of its labels, and `reasons` say where those come from. `absent` are labels that routes look at and that
    are still missing. `alerts` are those of the spec that carry the labels asked for, and `notes` say what
    looks like a mistake.
    """

    asked: Mapping[str, str]
    labels: Mapping[str, str]
    environment: str
    deliveries: tuple[Delivery, ...]
    undecided: str
    absent: tuple[str, ...]
    alerts: tuple[RoutedAlert, ...]
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    def receivers(self) -> tuple[str, ...]:
        """The receivers that the labels walked with lead to."""
        return tuple(delivery.receiver for delivery in self.deliveries)

    def alerts_differ(self) -> bool:
        """Whether the walk is no answer for the spec's own alerts: labels not given take them elsewhere.

        With every label given, an alert may still have channels of its own; the walk then answers as long
        as it holds for one of them. Where a label is not of the spec, the walk is the one to know it.
        """
        if self.notes:
            return False
        elsewhere = [alert.receivers != self.receivers() for alert in self.alerts]
        return any(elsewhere) if self.absent else bool(elsewhere) and all(elsewhere)


def routed(asked: Mapping[str, str], spec: Spec, plan: Plan, routing: RoutingTree) -> Routed:
    """Where an alert with the labels `asked` goes, and where the spec's own alerts with them go."""
    root = of_model(routing)
    alerts = [alert for service in plan.services for alert in service.alerts]
    carried = {id(alert): _labels(plan, alert) for alert in alerts}
    known = _known(plan, carried.values())
    # What no alert has by its definition may come from its series: it rules none of them out.
    fixed = {name: value for name, value in asked.items() if name in known}
    matching = [alert for alert in alerts if fixed.items() <= carried[id(alert)].items()]
    only = matching[0] if asked and len(matching) == 1 else None
    filled = carried[id(only)] if only else _shared([carried[id(alert)] for alert in matching], root.labels())
    labels = {**filled, **asked} if asked else {}
    paths = walk(root, labels)
    ways = () if isinstance(paths, Undecided) else [way for part in apart(root, paths) for way in part]
    describe = partial(_delivery, spec, plan, routing)
    return Routed(
        asked,
        labels,
        plan.environment,
        tuple(map(describe, ways)),
        paths.matcher if isinstance(paths, Undecided) else "",
        tuple(name for name in _deciding(root) if name not in labels),
        tuple(_alert(spec, root, alert, carried[id(alert)]) for alert in matching),
        tuple(_reasons(spec, only)) if only else (),
        tuple(_notes(asked, known, plan.severities)),
    )


def _labels(plan: Plan, alert: PlannedAlert) -> dict[str, str]:
    """The labels an alert is sent with, as far as the spec fixes them."""
    return {**plan.external_labels, **alert.labels, "alertname": alert.name}


def _shared(carried: Sequence[Mapping[str, str]], looked_at: Set[str]) -> dict[str, str]:
    """The labels routes look at that all of `carried` have with the same value."""
    first = carried[0] if carried else {}
    return {
        name: value
        for name, value in first.items()
        if name in looked_at and all(labels.get(name) == value for labels in carried)
    }


def _known(plan: Plan, carried: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    """Every value of every label that the spec fixes."""
    known: dict[str, set[str]] = {
        TEAM: set(plan.teams),
        SEVERITY: set(plan.severities),
        SERVICE: {service.name for service in plan.services},
    }
    if plan.environment:
        known[ENVIRONMENT] = {plan.environment}
    for labels in carried:
        for name, value in labels.items():
            known.setdefault(name, set()).add(value)
    return known


def _deciding(root: RouteNode) -> list[str]:
    """The labels routes look at that people give; `notify` is on an alert only if it has its own channels."""
    return sorted(root.labels() & {TEAM, SEVERITY, SERVICE, ENVIRONMENT})


def _notes(
    labels: Mapping[str, str], known: Mapping[str, set[str]], severities: Sequence[str]
) -> Iterator[str]:
    for name, value in labels.items():
        if name in known:
            if value not in known[name]:
                listed = severities if name == SEVERITY else sorted(known[name])
                yield f"no alert of the spec has {name}={value}: {did_you_mean(value, listed)}"
        elif (hint := did_you_mean(name, sorted(known))).startswith("did you mean"):
            yield f"the spec sets no label `{name}`: {hint}"
        else:
            yield f"the spec sets no label `{name}`: an alert can have it from its series only"


def _delivery(spec: Spec, plan: Plan, routing: RoutingTree, path: tuple[RouteNode, ...]) -> Delivery:
    last = path[-1]
    names = next((one.channels for one in routing.receivers if one.name == last.receiver), ())
    channels = tuple(
        Told(name, plan.channels[name].channel.type, _key(spec, plan.channels[name].path))
        for name in names
        if name in plan.channels
    )
    if last.receiver == RECEIVER:
        channels = (Told(last.origin[-1] if last.origin else "", "receiver", _key(spec, (_RECEIVER,))),)
    hops = tuple(
        Hop(
            tuple(f'{m.name}{m.op}"{m.value}"' for m in node.matchers),
            node.receiver,
            _origin(spec, path[: index + 1]),
        )
        for index, node in enumerate(path)
    )
    return Delivery(last.receiver, channels, hops, tuple(_settings(spec, path)))


def _settings(spec: Spec, path: tuple[RouteNode, ...]) -> Iterator[Setting]:
    """What holds at the end of the path, with the place that says so: the nearest route up that does."""
    for name in _SETTINGS:
        for node in reversed(path):
            if name in node.settings:
                places = [(*home, name) for home in _homes(node)] + [
                    (*home, "extra", name) for home in _homes(node)
                ]
                span = next((found for place in places if (found := _key(spec, place))), None)
                yield Setting(name, node.settings[name], span)
                break
            if name.endswith("_time_intervals"):
                break  # these are not inherited


def _homes(node: RouteNode) -> Iterator[Path]:
    """The mappings of the spec that may say how a route groups and repeats."""
    if node.origin[:1] == ("teams",):
        yield node.origin[:2]
    elif node.origin[:1] == (_RECEIVER,):
        yield (_RECEIVER,)
    elif node.origin[:1] == ("routing",):
        yield ("routing",)
        yield ("routing", "alertmanager_extra", "route")


def _origin(spec: Spec, path: tuple[RouteNode, ...]) -> Span | None:
    """The line that made the last route of the path."""
    node = path[-1]
    if not node.origin:
        # Not ours but of somebody's `extra`.
        homes = (home for above in reversed(path) for home in _homes(above))
        return next((span for home in homes if (span := _key(spec, (*home, "extra")))), None)
    if node.origin[0] == "services" and (own := _own_channels(spec, node.origin)):
        return own
    return _key(spec, node.origin)


def _reasons(spec: Spec, alert: PlannedAlert) -> Iterator[Reason]:
    """The lines that give an alert the labels which routes look at."""
    places = {
        TEAM: _key(spec, ("services", alert.service, "team")),
        SEVERITY: _key(spec, (*alert.path, "severity")),
        NOTIFY: _own_channels(spec, alert.path),
    }
    for name, span in places.items():
        if span is not None and name in alert.labels:
            yield Reason(name, alert.labels[name], span)


def _alert(spec: Spec, root: RouteNode, alert: PlannedAlert, labels: Mapping[str, str]) -> RoutedAlert:
    paths = walk(root, labels)
    receivers: tuple[str, ...]
    if isinstance(paths, Undecided):
        receivers, decided = (f"undecided: {paths.matcher}",), None
    else:
        receivers = tuple(path[-1].receiver for path in paths)
        # Of alerts that share a policy, each has its own line for it.
        decided = _own_channels(spec, alert.path) or (_origin(spec, paths[-1]) if paths else None)
    span = spec.span(alert.path, "key")
    return RoutedAlert(alert.name, alert.service, alert.severity, span, receivers, decided)


def _own_channels(spec: Spec, path: Path) -> Span | None:
    """Where the alert at `path` names channels of its own."""
    return _key(spec, (*path, "channels")) or _key(spec, (*path, "add_channels"))


def _key(spec: Spec, path: Path) -> Span | None:
    """The place of the last key of `path`; None when the spec says nothing there."""
    return spec.span(path, "key") if get(spec.tree, *path) is not None else None
