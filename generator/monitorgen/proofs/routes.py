"""Where the alerts of a built tree go: by its route tree, and by amtool, which must agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitorgen.model.names import ALERTMANAGER_DIR
from monitorgen.proofs.amtool import Amtool
from monitorgen.proofs.built_tree import BuiltTree, as_list, as_map
from monitorgen.proofs.route_tree import Undecided, apart, read_route, walk
from monitorgen.proofs.rule_files import CONFIG, BuiltAlert
from monitorgen.proofs.verdicts import Finding, Part

__all__ = ["ROUTES", "Way", "prove_ways", "ways"]

ROUTES = f"{ALERTMANAGER_DIR}/alertmanager.yml"
"""Alertmanager's configuration in a built tree."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the routes: one alert that takes it, its labels, and how the tree's routes decide.

    `fault` says what is wrong with where it leads, or nothing; `undecided` is a matcher that monitorgen
    cannot judge, in which case `receivers` are unknown.
    """

    alert: str
    labels: Mapping[str, str]
    receivers: tuple[str, ...]
    fault: str = ""
    undecided: str = ""


def ways(tree: BuiltTree, alerts: Sequence[BuiltAlert]) -> list[Way]:
    """Every way that some alert takes.

    Only labels that some route looks at can tell two alerts apart, so alerts that agree in them take one
    way. Labels are as Alertmanager gets them, that is, with Prometheus's external labels.
    """
    config = tree.yaml(ROUTES)
    root = read_route(as_map(config.get("route")))
    external = as_map(as_map(tree.yaml(CONFIG).get("global")).get("external_labels"))
    mute = frozenset(
        str(receiver.get("name"))
        for receiver in map(as_map, as_list(config.get("receivers")))
        if not any(as_list(entries) for key, entries in receiver.items() if key.endswith("_configs"))
    )
    deciding = sorted(root.labels())
    found: dict[tuple[str, ...], Way] = {}
    for alert in alerts:
        labels = {**external, **alert.labels, "alertname": alert.name}
        key = tuple(labels.get(name, "") for name in deciding)
        if key in found:
            continue
        paths = walk(root, labels)
        if isinstance(paths, Undecided):
            found[key] = Way(alert.name, labels, (), undecided=paths.matcher)
            continue
        receivers = tuple(path[-1].receiver for path in paths)
        copies, paths = apart(root, paths)
        told = [path[-1].receiver for path in paths]
        fault = ""
        if (mute | {path[-1].receiver for path in copies}).issuperset(told):
            fault = f"it goes to {', '.join(told or receivers)}, which tells nobody"
        elif all(len(path) == 1 for path in paths):
            fault = f"no route takes it, so it falls to {', '.join(told)}, as all that is left over"
        found[key] = Way(alert.name, labels, receivers, fault)
    return list(found.values())


def prove_ways(amtool: Amtool, tree: BuiltTree, some: Sequence[Way]) -> Part:
    """That amtool sees the receivers we see, and that an alert is told to somebody by a route of its own."""
    findings: list[Finding] = []
    notes: list[str] = []
    for way in some:
        theirs = amtool.receivers(tree.path(ROUTES), way.labels)
        if isinstance(theirs, Finding):
            # The configuration cannot be read, which is the same for every alert.
            return Part((Finding(theirs.message, ROUTES),))
        if way.undecided:
            notes.append(f"only amtool was asked about `{way.undecided}`, which monitorgen cannot judge")
        elif (ours := ",".join(way.receivers)) != theirs:
            message = f"monitorgen sends it to {ours or 'nobody'}, amtool to {theirs or 'nobody'}"
            findings.append(Finding(message, ROUTES, 0, way.alert))
        if way.fault:
            findings.append(Finding(way.fault, ROUTES, 0, way.alert))
    return Part(tuple(findings), tuple(notes))
