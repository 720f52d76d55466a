"""Teams and policies become Alertmanager's receivers and its route tree.

One route for each policy an alert brings itself (it carries the label `notify`), then one for each team
with a child for every severity the team names. Nothing says `continue`: each alert ends in one receiver.
"""

from collections.abc import Iterable, Iterator

from monitorgen.model import names
from monitorgen.model.routing import Integration, Receiver, Route, RoutingTree
from monitorgen.model.rules import Path
from monitorgen.plan.values import Plan, PlannedTeam
from monitorgen.vocabulary.channels.base import ChannelContext
from monitorgen.vocabulary.problem import Problem

__all__ = ["FALLBACK", "routing_tree"]

FALLBACK: Path = ("routing", "default")
"""Where routes come from that take what no team claims."""


def routing_tree(plan: Plan) -> tuple[RoutingTree, list[tuple[Path, Problem]]]:
    """The tree and its receivers, and what Alertmanager cannot express of the channels."""
    integrations: dict[str, tuple[Integration, ...]] = {}
    problems: list[tuple[Path, Problem]] = []
    for name, planned in plan.channels.items():
        context = ChannelContext(name, plan.severities, plan.compatible_with.alertmanager)
        delivery = planned.channel.delivery(context)
        integrations[name] = delivery.integrations
        problems += [(planned.path, problem) for problem in delivery.problems]
    routing = plan.routing
    root = Route(
        receiver=names.policy_name(plan.default_channels),
        match=(),
        origin=FALLBACK,
        comment="what no team's route takes",
        group_by=tuple(routing.group_by) if routing.group_by is not None else _group_by(plan),
        group_wait=routing.group_wait,
        group_interval=routing.group_interval,
        repeat_interval=routing.repeat_interval,
        routes=(*_policy_routes(plan), *_team_routes(plan)),
        extra=routing.extra,
    )
    receivers = tuple(_receivers(_policies(plan), integrations))
    return RoutingTree(root, receivers, routing.alertmanager_extra), problems


def _group_by(plan: Plan) -> tuple[str, ...]:
    own = (names.ENVIRONMENT,) if plan.environment else ()
    return ("alertname", names.SERVICE, *own, names.SEVERITY)


def _policy_routes(plan: Plan) -> Iterator[Route]:
    """A route for every policy that an alert brings itself."""
    own: dict[tuple[str, ...], Path] = {}
    for service in plan.services:
        for alert in service.alerts:
            if alert.channels is not None:
                own.setdefault(alert.channels, alert.path)
    for channels, origin in sorted(own.items(), key=lambda item: names.policy_name(item[0])):
        policy = names.policy_name(channels)
        yield Route(policy, ((names.NOTIFY, policy),), origin, comment="alerts that name their own channels")


def _team_routes(plan: Plan) -> Iterator[Route]:
    for name, team in sorted(plan.teams.items()):
        if team.notify or team.default:
            yield _team_route(plan, name, team)


def _team_route(plan: Plan, name: str, team: PlannedTeam) -> Route:
    ranks = {severity: rank for rank, severity in enumerate(plan.severities)}
    children = tuple(
        Route(
            names.policy_name(channels),
            ((names.SEVERITY, severity),),
            (*team.path, "notify", severity),
        )
        for severity, channels in sorted(team.notify.items(), key=lambda item: -ranks.get(item[0], -1))
    )
    said = team.team
    return Route(
        receiver=names.policy_name(team.default or plan.default_channels),
        match=((names.TEAM, name),),
        origin=(*team.path, "notify", "default") if team.default else FALLBACK,
        comment=said.description,
        group_by=tuple(said.group_by) if said.group_by is not None else None,
        group_wait=said.group_wait,
        group_interval=said.group_interval,
        repeat_interval=said.repeat_interval,
        routes=children,
        extra=said.extra,
    )


def _policies(plan: Plan) -> set[tuple[str, ...]]:
    """Every set of channels that some route sends to."""
    own = {a.channels for service in plan.services for a in service.alerts if a.channels is not None}
    teams = {
        channels
        for team in plan.teams.values()
        if team.notify or team.default
        for channels in (*team.notify.values(), team.default or plan.default_channels)
    }
    return {plan.default_channels, *own, *teams}


def _receivers(
    policies: Iterable[tuple[str, ...]], integrations: dict[str, tuple[Integration, ...]]
) -> Iterator[Receiver]:
    for channels in sorted(policies):
        ways = tuple(way for name in channels for way in integrations.get(name, ()))
        yield Receiver(names.policy_name(channels), channels, ways)
