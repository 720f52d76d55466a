"""Alertmanager's route tree as its dispatcher walks it, whatever a user's `extra:` has put into it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, get_args

from monitorgen.model.duration import format_duration
from monitorgen.model.merging import merged
from monitorgen.model.names import RECEIVER
from monitorgen.model.routing import Route, RoutingTree
from monitorgen.model.rules import Path
from monitorgen.promql.pieces import Matcher, MatchOp
from monitorgen.promql.tokens import string_value
from monitorgen.proofs.built_tree import as_list, as_map
from monitorgen.vocabulary.re2 import matches

__all__ = ["RouteNode", "Undecided", "apart", "of_model", "read_route", "walk"]

_NAME: Final = r'(?:[a-zA-Z_:][\w:]*|"(?:\\.|[^"\\])*")'
_VALUE: Final = r'(?:"(?:\\.|[^"\\])*"|[^"{},\s](?:[^"{},]*[^"{},\s])?|)'
_MATCHER: Final = re.compile(rf"\s*({_NAME})\s*(=~|!~|!=|=)\s*({_VALUE})\s*")
_OPERATORS: Final[dict[str, MatchOp]] = {op: op for op in get_args(MatchOp)}
_SETTINGS: Final = ("group_by", "group_wait", "group_interval", "repeat_interval")
_INTERVALS: Final = ("mute_time_intervals", "active_time_intervals")


@dataclass(frozen=True, slots=True)
class RouteNode:
    """One route. `receiver` is its own or inherited; `settings` are only its own, as text.

    `unread` are matchers in a form we cannot read: no alert is decided by a route that has any.
    """

    receiver: str
    matchers: tuple[Matcher, ...] = ()
    unread: tuple[str, ...] = ()
    goes_on: bool = False
    routes: tuple["RouteNode", ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    origin: Path = ()

    def labels(self) -> frozenset[str]:
        """The names of the labels that decide here or below."""
        own = frozenset(matcher.name for matcher in self.matchers)
        return own.union(*(route.labels() for route in self.routes))


def apart(
    root: RouteNode, paths: tuple[tuple[RouteNode, ...], ...]
) -> tuple[tuple[tuple[RouteNode, ...], ...], tuple[tuple[RouteNode, ...], ...]]:
    """The paths of the copy for our own receiver, and the others, each as it were if no copy were sent.

    Of the others, one of a single route is one that no team's route takes.
    """
    if len(root.routes) < 2:
        return (), paths
    copies, people = root.routes[0], root.routes[-1]
    if copies.receiver != RECEIVER or copies.matchers or not copies.goes_on:
        return (), paths
    return (
        tuple(path for path in paths if path[1:2] == (copies,)),
        tuple(
            (root, *path[2:]) if path[1:2] == (people,) else path for path in paths if path[1:2] != (copies,)
        ),
    )


@dataclass(frozen=True, slots=True)
class Undecided:
    """A walk that came to a matcher which we cannot judge."""

    matcher: str


def read_route(config: Mapping[str, Any], inherited: str = "", origin: Path = ()) -> RouteNode:
    """The route that `config`, as it stands in `alertmanager.yml`, describes."""
    receiver = str(config.get("receiver") or inherited)
    found: list[Matcher] = []
    unread: list[str] = []
    for text in as_list(config.get("matchers")):
        read = _matchers(str(text))
        found += read or ()
        unread += [str(text)] if read is None else []
    found += [Matcher(name, "=", str(value)) for name, value in as_map(config.get("match")).items()]
    found += [Matcher(name, "=~", str(value)) for name, value in as_map(config.get("match_re")).items()]
    return RouteNode(
        receiver,
        tuple(found),
        tuple(unread),
        str(config.get("continue", "")).lower() == "true",
        tuple(read_route(as_map(below), receiver) for below in as_list(config.get("routes"))),
        {name: _text(config[name]) for name in (*_SETTINGS, *_INTERVALS) if config.get(name)},
        origin,
    )


def of_model(routing: RoutingTree) -> RouteNode:
    """The tree as it will be written, with what `extra` adds to it."""
    return _of_model(routing.whole())


def _of_model(route: Route) -> RouteNode:
    config: dict[str, Any] = {"receiver": route.receiver, "continue": route.goes_on}
    if route.group_by is not None:
        config["group_by"] = list(route.group_by)
    for name in _SETTINGS[1:]:
        if (seconds := getattr(route, name)) is not None:
            config[name] = format_duration(seconds)
    own = tuple(Matcher(name, "=", value) for name, value in route.match)
    node = read_route(merged(config, route.extra), route.receiver, route.origin)
    return replace(
        node, matchers=(*own, *node.matchers), routes=(*map(_of_model, route.routes), *node.routes)
    )


def walk(root: RouteNode, labels: Mapping[str, str]) -> tuple[tuple[RouteNode, ...], ...] | Undecided:
    """The paths, root first, that end in a route which takes an alert with these labels.

    As dispatch/route.go has it: children are tried in order, the first that matches takes the alert, and
    the next are tried too when it says `continue`; a route none of whose children match takes it itself.
    A label that is not there counts as empty.
    """
    fits = _fits(root, labels)
    if not isinstance(fits, bool):
        return fits
    if not fits:
        return ()
    found: list[tuple[RouteNode, ...]] = []
    for child in root.routes:
        below = walk(child, labels)
        if isinstance(below, Undecided):
            return below
        found += [(root, *path) for path in below]
        if below and not child.goes_on:
            break
    return tuple(found) or ((root,),)


def _fits(node: RouteNode, labels: Mapping[str, str]) -> bool | Undecided:
    unsure = list(node.unread)
    for matcher in node.matchers:
        value = labels.get(matcher.name, "")
        same = value == matcher.value if matcher.op in ("=", "!=") else matches(matcher.value, value)
        if same is None:
            unsure.append(f"{matcher.name}{matcher.op}{matcher.value}")
        elif same is matcher.op.startswith("!"):
            return False
    return Undecided(unsure[0]) if unsure else True


def _matchers(text: str) -> tuple[Matcher, ...] | None:
    """The matchers in one entry of `matchers`: one, or several between commas, perhaps in braces."""
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    found = list(_listed(text))
    return None if None in found else tuple(matcher for matcher in found if matcher is not None)


def _listed(text: str) -> Iterator[Matcher | None]:
    position = 0
    while position < len(text):
        read = _MATCHER.match(text, position)
        if read is None or text[read.end() : read.end() + 1] not in ("", ","):
            yield None
            return
        name, value = (string_value(part) if part.startswith('"') else part for part in (read[1], read[3]))
        yield Matcher(name, _OPERATORS[read[2]], value)
        position = read.end() + 1


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
