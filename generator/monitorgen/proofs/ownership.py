"""Teams and what is theirs: files that name an owner, and teams that nothing belongs to."""

from collections.abc import Iterator

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.source.node import Entry, Mapping, get
from monitorgen.source.tree import Loaded
from monitorgen.spec.suggestion import did_you_mean
from monitorgen.spec.validate import Spec
from monitorgen.vocabulary.fields import example

__all__ = ["CODES", "ownership"]

_TEAMS = "teams: {payments: {notify: {default: [mail]}}}"
_TWO_TEAMS = "teams: {payments: {notify: {default: [mail]}}, shop: {notify: {default: [mail]}}}"

IDLE_TEAM = Code(
    "MG0334",
    "a team that no service belongs to",
    "Alerts go to the team of their service, so this one is told of nothing. If it was meant to have a "
    "service, that one's alerts go to another team.",
    severity=Severity.WARNING,
    bad=example("").replace(_TEAMS, _TWO_TEAMS),
    good=example(""),
)
UNKNOWN_OWNER = Code(
    "MG0336",
    "an owner that is no team",
    "Every diagnostic in a file is blamed on its owner. With one that is not among the teams, nobody feels "
    "meant.",
    severity=Severity.WARNING,
    bad="owner: payment\n" + example("").lstrip(),
    good="owner: payments\n" + example("").lstrip(),
)
CODES = (IDLE_TEAM, UNKNOWN_OWNER)


def ownership(loaded: Loaded, spec: Spec) -> Iterator[Diagnostic]:
    """A warning for each team without a service or a file, and for each owner that is no team."""
    root = spec.root
    others = [get(overlay.value, "teams") for overlay in _overlays(spec)]
    teams = {*root.teams, *(path[1] for path in spec.broken if path[0] == "teams" and len(path) == 2)}
    known = teams.union(*(node.entries for node in others if isinstance(node, Mapping)))
    is_whole = ("teams",) not in spec.broken and ("services",) not in spec.broken
    if known and is_whole:
        for shown, owner in loaded.declared.items():
            if loaded.owners[shown] not in known:
                message = f"there is no team `{loaded.owners[shown]}`"
                yield UNKNOWN_OWNER.at(owner.span, message, hint=did_you_mean(owner.text, sorted(known)))
    named = {service.team for service in root.services.values()}
    if root.services and is_whole and named <= teams:  # a missing or unknown name may be meant for any
        used = {*named, *loaded.owners.values(), *spec.elsewhere}
        for name in root.teams:
            if name not in used:
                hint = "name it as `team:` of a service, or remove it"
                place = spec.span(("teams", name), "key")
                yield IDLE_TEAM.at(place, f"no service belongs to team `{name}`", hint=hint)


def _overlays(spec: Spec) -> Iterator[Entry]:
    section = get(spec.tree, "environments")
    if isinstance(section, Mapping):
        yield from section.entries.values()
