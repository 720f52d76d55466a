"""What an `extra:` says of routes, receivers and intervals: what it names is there, and can be read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from monitorgen.model.diagnostic import Code
from monitorgen.model.duration import parse_duration
from monitorgen.model.routing import RoutingTree
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan
from monitorgen.promql.re2 import mistake
from monitorgen.proofs.built_tree import as_list, as_map
from monitorgen.proofs.extra_shapes import Misfit
from monitorgen.proofs.route_tree import read_route
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.vocabulary.fields import example

__all__ = ["NOT_THERE", "REFUSED", "misrouted"]

_TEAM = "teams: {{payments: {{notify: {{default: [mail]}}, extra: {{{}}}}}}}"


def _team(text: str) -> str:
    return example("").replace("teams: {payments: {notify: {default: [mail]}}}", _TEAM.format(text))


NOT_THERE = Code(
    "MG0513",
    "a receiver or a time interval in `extra` that does not exist",
    "Receivers are the sets of channels that the spec uses, each named after its channels, and those that "
    "`alertmanager_extra` brings; time intervals are those it brings. Alertmanager refuses a configuration "
    "with a route to another.",
    bad=_team("routes: [{receiver: nowhere, matchers: ['a=\"b\"']}]"),
    good=_team("routes: [{receiver: mail, matchers: ['a=\"b\"']}]"),
)
REFUSED = Code(
    "MG0514",
    "an `extra` that makes a configuration its server refuses",
    "Each key by itself is right, but not what they come to together, or with what is emitted anyway: two "
    "ways of logging in, a root route that does not take every alert, a group by nothing and by something.",
    bad=_team("group_by: ['...', service]"),
    good=_team("group_by: ['...']"),
)

_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MATCHER: Final = re.compile(r'\s*\{?\s*(?:[A-Za-z_:][A-Za-z0-9_:]*|"(?:[^"\\]|\\.)*")\s*(?:=~|!~|!=|=)')
_MATCHERS: Final = ("matchers", "source_matchers", "target_matchers")
_EXACT: Final = ("match", "source_match", "target_match")
_INTERVALS: Final = ("mute_time_intervals", "active_time_intervals")
_PATH: Final = ("routing", "alertmanager_extra")


def misrouted(plan: Plan, routing: RoutingTree) -> Iterator[Misfit]:
    """Everything that the routes in `extra:` name and that is not there, and what Alertmanager refuses."""
    whole = routing.extra
    receivers = [receiver.name for receiver in routing.receivers]
    receivers += [str(r["name"]) for r in as_list(whole.get("receivers")) if as_map(r).get("name")]
    routes = _Routes(receivers, _intervals(whole))
    yield from _named(whole, "receivers", "receiver")
    for key in ("time_intervals", "mute_time_intervals"):
        yield from _named(whole, key, "time interval")
    for index, rule in enumerate(as_list(whole.get("inhibit_rules"))):
        here = (*_PATH, "inhibit_rules", str(index))
        yield from _matching(as_map(rule), here)
        for place, label in enumerate(as_list(as_map(rule).get("equal"))):
            if not _LABEL.fullmatch(str(label)):
                yield _no_label((*here, "equal", str(place)), label)
    own = list(routing.root.group_by or ())
    above = as_map(whole.get("route"))
    yield from routes.wrong(above, (*_PATH, "route"), own, root=True)
    own += map(str, as_list(above.get("group_by")))
    yield from routes.wrong(routing.root.extra, ("routing", "extra"), own, root=True)
    for team in plan.teams.values():
        yield from routes.wrong(team.team.extra, (*team.path, "extra"), team.team.group_by or ())


def _intervals(whole: Mapping[str, Any]) -> list[str]:
    lists = (*as_list(whole.get("time_intervals")), *as_list(whole.get("mute_time_intervals")))
    return [str(one["name"]) for one in lists if as_map(one).get("name")]


def _named(whole: Mapping[str, Any], key: str, what: str) -> Iterator[Misfit]:
    for index, item in enumerate(as_list(whole.get(key))):
        if isinstance(item, Mapping) and not item.get("name"):
            yield Misfit(REFUSED, (*_PATH, key, str(index)), f"a {what} needs a name", "add `name:`")


def _no_label(path: Path, label: object) -> Misfit:
    return Misfit(REFUSED, path, f"`{label}` is not a label name", "use letters, digits and `_`")


def _matching(config: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
    """What cannot be read of matchers, in a route or a rule of inhibition."""
    for key in _MATCHERS:
        for index, text in enumerate(as_list(config.get(key))):
            here = (*path, key, str(index))
            if not _MATCHER.match(str(text)):
                yield Misfit(REFUSED, here, f"`{text}` is not a matcher", 'such as severity="critical"')
                continue
            for matcher in read_route({"matchers": [text]}).matchers:
                if "~" in matcher.op and (found := mistake(matcher.value)):
                    yield _no_regex(here, matcher.value, found.why)
    for key in _EXACT:
        for kind in (key, f"{key}_re"):
            for name, value in as_map(config.get(kind)).items():
                if not _LABEL.fullmatch(name):
                    yield _no_label((*path, kind, name), name)
                elif kind.endswith("_re") and (found := mistake(str(value))):
                    yield _no_regex((*path, kind, name), str(value), found.why)


def _no_regex(path: Path, pattern: str, why: str) -> Misfit:
    return Misfit(REFUSED, path, f"`{pattern}` is not a regular expression: {why}")


class _Routes:
    """Judges routes by the receivers and the intervals there are."""

    def __init__(self, receivers: Sequence[str], intervals: Sequence[str]) -> None:
        self._receivers = receivers
        self._intervals = intervals

    def wrong(
        self, config: Mapping[str, Any], path: Path, grouped: Sequence[str] = (), *, root: bool = False
    ) -> Iterator[Misfit]:
        """What is wrong with the route at `path`, which is `grouped` already, and with those below it."""
        yield from self._named(config, path)
        yield from _matching(config, path)
        yield from _grouping(config, path, grouped)
        for key in ("group_interval", "repeat_interval"):
            if config.get(key) is not None and parse_duration(str(config[key])) == 0:
                yield Misfit(REFUSED, (*path, key), f"`{key}` cannot be nothing", "such as 5m")
        if root:
            for key in ("matchers", "match", "match_re", *_INTERVALS, "continue"):
                if config.get(key):
                    message = f"the root route takes every alert, at any time: it has no `{key}`"
                    hint = "say it of a team's route, or of one in `routes:`"
                    yield Misfit(REFUSED, (*path, key), message, hint, on_key=True)
        for index, below in enumerate(as_list(config.get("routes"))):
            yield from self.wrong(as_map(below), (*path, "routes", str(index)))

    def _named(self, config: Mapping[str, Any], path: Path) -> Iterator[Misfit]:
        receiver = config.get("receiver")
        if isinstance(receiver, str) and receiver and receiver not in self._receivers:
            hint = did_you_mean(receiver, self._receivers)
            yield Misfit(NOT_THERE, (*path, "receiver"), f"there is no receiver `{receiver}`", hint)
        for key in _INTERVALS:
            for index, name in enumerate(as_list(config.get(key))):
                if str(name) not in self._intervals:
                    hint = did_you_mean(str(name), self._intervals)
                    hint = hint or "define it in `routing.alertmanager_extra.time_intervals`"
                    where = (*path, key, str(index))
                    yield Misfit(NOT_THERE, where, f"there is no time interval `{name}`", hint)


def _grouping(config: Mapping[str, Any], path: Path, grouped: Sequence[str]) -> Iterator[Misfit]:
    before = list(grouped)
    for index, label in enumerate(map(str, as_list(config.get("group_by")))):
        here = (*path, "group_by", str(index))
        if label in before:
            yield Misfit(REFUSED, here, f"it is grouped by `{label}` already", "leave it out")
        elif label != "..." and not _LABEL.fullmatch(label):
            yield _no_label(here, label)
        elif before and "..." in (label, *before):
            hint = "say all of it in the field `group_by`" if grouped else "keep `...` or the labels"
            yield Misfit(REFUSED, here, "`...` is every label: no other can stand beside it", hint)
        before.append(label)
