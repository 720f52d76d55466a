"""Laying one tree over another: environments over the spec, a service's own words over its profiles."""

from collections.abc import Sequence as Many
from dataclasses import dataclass

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.source.example import SPEC
from monitorgen.source.faults import shown
from monitorgen.source.named import named_list_to_mapping
from monitorgen.source.node import Entry, Mapping, Node, Scalar

__all__ = ["CODES", "Replaced", "combine", "combine_all", "named_list_to_mapping", "overlay"]

_TWO_PROFILES = (
    SPEC.replace("team: ops", "team: ops\n    use: [web, small]")
    + "profiles:\n  web: {description: The shop}\n  small: {description: A small shop}\n"
)

BUNDLES_DISAGREE = Code(
    "MG0140",
    "Two profiles disagree",
    why="A service takes several profiles and two of them give the same field another value. Which one "
    "counts would rest on their order, which nobody sees in a review; the service itself has to say it.",
    bad=_TWO_PROFILES,
    good=_TWO_PROFILES.replace("team: ops", "team: ops\n    description: The shop"),
)

CODES = (BUNDLES_DISAGREE,)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A value that an overlay put in the place of another, or took away (`new` is then a null scalar)."""

    path: tuple[str, ...]
    old: Node
    new: Node


def overlay(base: Mapping, top: Mapping) -> tuple[Mapping, list[Replaced]]:
    """`base` with everything `top` says, and what that replaced; neither is changed.

    Maps merge to any depth, unless they give themselves another `type`. Those, scalars and lists of `top`
    replace, and a null takes the key away. A replaced entry is known by the key of `top`, so that
    diagnostics point at the overlay.
    """
    replaced: list[Replaced] = []
    return _overlay(base, top, (), replaced), replaced


def combine(base: Mapping, bundle: Mapping) -> Mapping:
    """`base` with what `bundle` adds, field by field; where both say something, `base` stays.

    Two maps of another `type` are two things (a threshold and an absence, say): nothing of the bundle's is
    taken then.
    """
    entries = dict(base.entries)
    for name, entry in bundle.entries.items():
        mine = entries.get(name)
        if mine is None:
            entries[name] = entry
        elif (
            type(mine.value) is Mapping
            and type(entry.value) is Mapping
            and not _differ_in_kind(mine.value, entry.value)
        ):
            entries[name] = Entry(mine.key, combine(mine.value, entry.value))
    return Mapping(base.source, base.start, base.end, entries)


def combine_all(base: Mapping, bundles: Many[Mapping]) -> tuple[Mapping, list[Diagnostic]]:
    """`base` with all `bundles`; two bundles may only disagree where `base` speaks itself."""
    found: list[Diagnostic] = []
    whole: Mapping | None = None
    for bundle in bundles:
        whole = bundle if whole is None else _join(base, whole, bundle, (), found)
    return (base if whole is None else combine(base, whole)), found


def _overlay(base: Mapping, top: Mapping, path: tuple[str, ...], replaced: list[Replaced]) -> Mapping:
    entries = dict(base.entries)
    for name, entry in top.entries.items():
        mine = entries.get(name)
        here = (*path, name)
        takes_away = type(entry.value) is Scalar and entry.value.is_null
        if mine is None:
            if not takes_away:
                entries[name] = entry
        elif (
            type(mine.value) is Mapping
            and type(entry.value) is Mapping
            and not _differ_in_kind(mine.value, entry.value)
        ):
            entries[name] = Entry(mine.key, _overlay(mine.value, entry.value, here, replaced))
        else:
            replaced.append(Replaced(here, mine.value, entry.value))
            if takes_away:
                del entries[name]
            else:
                entries[name] = entry
    return Mapping(base.source, base.start, base.end, entries)


def _join(
    base: Node | None, first: Mapping, second: Mapping, path: tuple[str, ...], found: list[Diagnostic]
) -> Mapping:
    """Two bundles in one; they may disagree only on fields that `base` gives."""
    own = base.entries if type(base) is Mapping else {}
    entries = dict(first.entries)
    for name, entry in second.entries.items():
        mine = entries.get(name)
        below = own[name].value if name in own else None
        if mine is None:
            entries[name] = entry
        elif type(mine.value) is Mapping and type(entry.value) is Mapping:
            if below is None or type(below) is Mapping:
                entries[name] = Entry(mine.key, _join(below, mine.value, entry.value, (*path, name), found))
        elif below is None and not _same(mine.value, entry.value):
            message = f"two profiles give `{shown('.'.join((*path, name)))}`"
            related = [Related("the other profile gives it here", mine.key.span)]
            hint = "give it in the service itself, or take only one of the profiles"
            found.append(BUNDLES_DISAGREE.at(entry.key.span, message, hint=hint, related=related))
    return Mapping(first.source, first.start, first.end, entries)


def _differ_in_kind(one: Mapping, other: Mapping) -> bool:
    """Whether both say of what `type` they are, and not the same."""
    kinds = [node.entries["type"].value for node in (one, other) if "type" in node.entries]
    return len(kinds) == 2 and not _same(*kinds)


def _same(one: Node, other: Node) -> bool:
    return one is other or (type(one) is Scalar and type(other) is Scalar and one.text == other.text)
