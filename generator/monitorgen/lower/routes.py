"""Teams and policies become Alertmanager's receivers and its route tree.

One route for each team; below it one for each policy that its alerts bring themselves (they carry the label
`notify`), then one for every severity the team names. Nothing says `continue`: each alert ends in one
receiver. Where our own receiver gets a copy of every alert, it does so by a route of its own before all
that, and the tree for people stands below one that takes everything, as the root would.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from monitorgen.lower.receiver import receiver_way
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
    routing, own = plan.routing, _own_policies(plan)
    root = Route(
        receiver=names.policy_name(plan.default_channels),
        match=(),
        origin=FALLBACK,
        comment="what no team's route takes",
        group_by=tuple(routing.group_by) if routing.group_by is not None else _group_by(plan),
        group_wait=routing.group_wait,
        group_interval=routing.group_interval,
        repeat_interval=routing.repeat_interval,
        routes=tuple(_team_routes(plan, own)),
        extra=routing.extra,
    )
    receivers = tuple(_receivers(_policies(plan, own), integrations))
    if way := receiver_way(plan, _group_by(plan)):
        copies, ours = way
        people = Route(root.receiver, (), FALLBACK, "people", routes=root.routes, is_root=True)
        root, receivers = replace(root, routes=(copies, people)), (*receivers, ours)
    return RoutingTree(root, receivers, routing.alertmanager_extra), problems


def _group_by(plan: Plan) -> tuple[str, ...]:
    own = (names.ENVIRONMENT,) if plan.environment else ()
    return ("alertname", names.SERVICE, *own, names.SEVERITY)


def _own_policies(plan: Plan) -> dict[str, dict[tuple[str, ...], Path]]:
    """By team, every policy that alerts of it bring themselves, and the first alert that does."""
    own: dict[str, dict[tuple[str, ...], Path]] = {name: {} for name in plan.teams}
    for service in plan.services:
        for alert in service.alerts:
            if alert.channels is not None and service.team in own:
                own[service.team].setdefault(alert.channels, alert.path)
    return own


def _team_routes(plan: Plan, own: Mapping[str, Mapping[tuple[str, ...], Path]]) -> Iterator[Route]:
    for name, team in sorted(plan.teams.items()):
        if team.notify or team.default or own[name]:
            yield _team_route(plan, name, team, own[name])


def _team_route(plan: Plan, name: str, team: PlannedTeam, own: Mapping[tuple[str, ...], Path]) -> Route:
    # Below the team, so that its grouping and its waits hold for these alerts too.
    policies = tuple(
        Route(
            names.policy_name(channels),
            ((names.NOTIFY, names.policy_name(channels)),),
            origin,
            comment="alerts that name their own channels",
        )
        for channels, origin in sorted(own.items(), key=lambda item: names.policy_name(item[0]))
    )
    ranks = {severity: rank for rank, severity in enumerate(plan.severities)}
    severities = tuple(
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
        routes=(*policies, *severities),
        extra=said.extra,
    )


def _policies(plan: Plan, own: Mapping[str, Mapping[tuple[str, ...], Path]]) -> set[tuple[str, ...]]:
    """Every set of channels that some route sends to."""
    teams = {
        channels
        for name, team in plan.teams.items()
        if team.notify or team.default or own[name]
        for channels in (*own[name], *team.notify.values(), team.default or plan.default_channels)
    }
    return {plan.default_channels, *teams}


def _receivers(
    policies: Iterable[tuple[str, ...]], integrations: dict[str, tuple[Integration, ...]]
) -> Iterator[Receiver]:
    for channels in sorted(policies):
        ways = tuple(way for name in channels for way in integrations.get(name, ()))
        yield Receiver(names.policy_name(channels), channels, ways)
