"""Trees of several files become one: maps merge to any depth, everything else may be given once."""

from collections.abc import Sequence as Many

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.source.example import SPEC
from monitorgen.source.faults import shown, too_many_faults
from monitorgen.source.named import is_named_list, named_list_to_mapping
from monitorgen.source.node import Entry, Mapping, Node, Scalar, Sequence

__all__ = ["CODES", "KINDS_DIFFER", "MAX_CONFLICTS", "merge_all"]

GIVEN_TWICE = Code(
    "MG0120",
    "Given twice",
    why="A value may be given in one file only: with two, which one counts would rest on the order of "
    "the files. Maps are different, they merge across files. To give another value for one environment, use "
    "`environments`.",
    bad=SPEC + "---\norganization: other\n",
    good=SPEC + "---\nservices:\n  shop:\n    description: The shop\n",
)

KINDS_DIFFER = Code(
    "MG0121",
    "Given twice in different shapes",
    why="The same key holds a map in one place and a plain value or list in the other, so the two cannot be "
    "merged and one of them is a slip.",
    bad=SPEC + "---\nservices: {shop: none}\n",
    good=SPEC,
)

MAX_CONFLICTS = 1000
"""Conflicts between trees that are reported; nobody mends more in one go."""

CODES = (GIVEN_TWICE, KINDS_DIFFER)


def merge_all(roots: Many[Node], found: list[Diagnostic]) -> Node | None:
    """All trees in one, none of them changed; None when there are none.

    What they hold in all is the same in any order. A null says nothing and yields to a map or list. Lists
    whose items carry names are the maps they stand for. Where two trees disagree, a diagnostic goes to
    `found` and the first keeps its value. A root that is no map is returned alone, for the caller to refuse.
    """
    maps: list[Mapping] = []
    for root in roots:
        if type(root) is not Mapping:
            return root
        maps.append(root)
    if len(maps) < 2:
        return maps[0] if maps else None
    conflicts: list[Diagnostic] = []
    whole = _merge_maps(maps, (), conflicts)
    if len(conflicts) > MAX_CONFLICTS:
        conflicts[MAX_CONFLICTS:] = [too_many_faults(conflicts[MAX_CONFLICTS].span, MAX_CONFLICTS)]
    found += conflicts
    return whole


def _merge_maps(maps: Many[Mapping], path: tuple[str, ...], found: list[Diagnostic]) -> Mapping:
    gathered: dict[str, list[Entry]] = {}
    for one in maps:
        for name, entry in one.entries.items():
            gathered.setdefault(name, []).append(entry)
    entries = {
        name: same[0] if len(same) == 1 else Entry(same[0].key, _settle(same, (*path, name), found))
        for name, same in gathered.items()
    }
    return Mapping(maps[0].source, maps[0].start, maps[0].end, entries)


def _settle(entries: list[Entry], path: tuple[str, ...], found: list[Diagnostic]) -> Node:
    """The one value of a key that several trees give."""
    if any(type(entry.value) is not Scalar for entry in entries):
        entries = [entry for entry in entries if not _says_nothing(entry.value)]
    elif all(_says_nothing(entry.value) for entry in entries):
        return entries[0].value
    first = entries[0]
    if len(entries) == 1:
        return first.value
    if not _is_keyed(first.value):
        for entry in entries[1:]:
            _note(first, entry, path, found)
        return first.value
    maps: list[Mapping] = []
    for entry in entries:
        if _is_keyed(entry.value):
            maps.append(_as_mapping(entry.value, found))
        else:
            _note(first, entry, path, found)
    return _merge_maps(maps, path, found)


def _note(first: Entry, second: Entry, path: tuple[str, ...], found: list[Diagnostic]) -> None:
    if len(found) <= MAX_CONFLICTS:
        found.append(_conflict(first, second, path))


def _conflict(first: Entry, second: Entry, path: tuple[str, ...]) -> Diagnostic:
    one, other = first.value, second.value
    name = shown(".".join(path))
    related = [Related("first given here", first.key.span)]
    if type(one) is type(other):
        message = f"`{name}` is already given elsewhere"
        hint = "remove one of the two; a value for one environment belongs under `environments`"
        return GIVEN_TWICE.at(second.key.span, message, hint=hint, related=related)
    message = f"`{name}` is {_kind(other)} here and {_kind(one)} elsewhere"
    hint = "give it the same shape in both places, or remove one"
    return KINDS_DIFFER.at(second.key.span, message, hint=hint, related=related)


def _says_nothing(node: Node) -> bool:
    return type(node) is Scalar and node.is_null


def _is_keyed(node: Node) -> bool:
    return type(node) is Mapping or (type(node) is Sequence and is_named_list(node))


def _as_mapping(node: Node, found: list[Diagnostic]) -> Mapping:
    if type(node) is Mapping:
        return node
    assert type(node) is Sequence
    mapping, faults = named_list_to_mapping(node)
    found.extend(faults)
    return mapping


def _kind(node: Node) -> str:
    if type(node) is Mapping:
        return "a map"
    return "a list" if type(node) is Sequence else "a plain value"
