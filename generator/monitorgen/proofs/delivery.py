"""Every alert reaches somebody: each is sent down the lowered route tree, as Alertmanager would."""

from collections.abc import Iterator

from monitorgen.lower.routes import FALLBACK
from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.model.names import NOBODY, RECEIVER
from monitorgen.model.routing import RoutingTree
from monitorgen.plan.values import Plan, PlannedAlert
from monitorgen.proofs.route_tree import RouteNode, Undecided, of_model, walk
from monitorgen.source.node import Scalar, Sequence, get
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "undelivered"]

NOBODY_TOLD = Code(
    "MG0501",
    "an alert that reaches nobody",
    "The route this alert takes ends in a receiver without a single channel: it would fire and nobody would "
    "know.",
    bad=example("channels: []"),
    good=example(""),
)
CATCH_ALL_ONLY = Code(
    "MG0502",
    "an alert that only the catch-all takes",
    "No route of its team claims this alert, so it lands with `routing.default`. What lands there is read by "
    "people who do not know the service, if at all.",
    bad=example("").replace("notify: {default: [mail]}", "notify: {low: [mail]}")
    + "routing: {default: [mail]}\n",
    good=example("") + "routing: {default: [mail]}\n",
)
CODES = (NOBODY_TOLD, CATCH_ALL_ONLY)


def undelivered(plan: Plan, routing: RoutingTree, spec: Spec) -> Iterator[Diagnostic]:
    """A diagnostic for every alert that ends with nobody, or with the catch-all alone."""
    mute = {receiver.name for receiver in routing.receivers if not receiver.integrations}
    if plan.receiver is not None:
        mute.add(RECEIVER)
    root = of_model(routing)
    # Thousands of alerts take a few dozen ways: only the labels that routes look at can tell them apart.
    matched = sorted(root.labels())
    taken: dict[tuple[str, ...], tuple[tuple[RouteNode, ...], ...] | Undecided] = {}
    for service in plan.services:
        if service.team not in plan.teams:
            continue  # said already, at the service's team
        for alert in service.alerts:
            labels = {"alertname": alert.name, **alert.labels}
            way = tuple(labels.get(name, "") for name in matched)
            paths = taken.get(way)
            if paths is None:
                paths = taken[way] = walk(root, labels)
            if isinstance(paths, Undecided):
                continue  # a matcher of `extra:` that only Alertmanager can judge: `monitorgen test` asks it
            reached = [path[-1] for path in paths if path[-1].receiver not in mute]
            told = [path for path in reached if path.origin != FALLBACK]
            if not told and _names_what_is_lost(alert, spec):
                continue
            if not reached:
                yield _placed(NOBODY_TOLD, alert, spec, "reaches nobody")
            elif not told:
                yield _placed(CATCH_ALL_ONLY, alert, spec, "reaches only the catch-all of `routing.default`")


def _names_what_is_lost(alert: PlannedAlert, spec: Spec) -> bool:
    """Whether a channel it goes to is missing or broken, which is said at the channel."""
    notify = get(spec.tree, "teams", alert.team, "notify")
    said = (
        get(spec.tree, *alert.path, "channels"),
        get(spec.tree, *alert.path, "add_channels"),
        get(notify, alert.severity) or get(notify, "default"),
    )
    return any(
        isinstance(item, Scalar) and (item.text not in spec.root.channels or item.text in (NOBODY, RECEIVER))
        for names in said
        if isinstance(names, Sequence)
        for item in names.items
    )


def _placed(code: Code, alert: PlannedAlert, spec: Spec, what: str) -> Diagnostic:
    notify = spec.span(("teams", alert.team, "notify"), "key")
    related = (Related(f"the channels of team `{alert.team}` are here", notify),)
    own = "channels" if alert.channels is not None else "severity"
    hint = (
        "name a channel that is switched on"
        if alert.channels is not None
        else f"give the team channels for `{alert.severity}`, or `default`"
    )
    return code.at(spec.span((*alert.path, own)), f"`{alert.name}` {what}", hint=hint, related=related)
