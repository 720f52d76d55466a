"""Trees of several files become one: maps merge to any depth, everything else may be given once."""

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.source.example import SPEC
from monitorgen.source.faults import shown
from monitorgen.source.named import is_named_list, named_list_to_mapping
from monitorgen.source.node import Entry, Mapping, Node, Scalar, Sequence

__all__ = ["CODES", "merge", "merge_all"]

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
    "Map here, value there",
    why="The same key holds a map in one place and a plain value or list in the other, so the two cannot be "
    "merged and one of them is a slip.",
    bad=SPEC + "---\nservices: {shop: none}\n",
    good=SPEC,
)

CODES = (GIVEN_TWICE, KINDS_DIFFER)


def merge_all(roots: list[Node], found: list[Diagnostic]) -> Node | None:
    """All trees in one, None when there are none; conflicts go to `found` and the earlier value stays."""
    whole: Node | None = None
    for root in roots:
        whole = root if whole is None else merge(whole, root, (), found)
    return whole


def merge(first: Node, second: Node, path: tuple[str, ...], found: list[Diagnostic]) -> Node:
    """Both trees in one; neither is changed.

    What holds in both is the same in either order; only which of two conflicting values stays, after a
    diagnostic in `found`, is the first's. A null says nothing and yields to a map. Lists whose items carry
    names are the maps they stand for. `path` is where the trees stand, for the messages.
    """
    if type(first) is Mapping and type(second) is Mapping:
        entries = dict(first.entries)
        for name, entry in second.entries.items():
            mine = entries.get(name)
            if mine is None:
                entries[name] = entry
            elif mine.value is not entry.value or type(entry.value) is not Mapping:
                entries[name] = Entry(mine.key, _merge_entry(mine, entry, (*path, name), found))
        return Mapping(first.source, first.start, first.end, entries)
    return first


def _merge_entry(first: Entry, second: Entry, path: tuple[str, ...], found: list[Diagnostic]) -> Node:
    one, other = first.value, second.value
    if type(one) is Mapping and type(other) is Mapping:
        return merge(one, other, path, found)
    if _says_nothing(one) and (type(other) is Mapping or _says_nothing(other)):
        return other
    if _says_nothing(other) and type(one) is Mapping:
        return one
    if _is_keyed(one) and _is_keyed(other):
        return merge(_as_mapping(one, found), _as_mapping(other, found), path, found)
    name = shown(".".join(path))
    related = [Related("first given here", first.key.span)]
    if (type(one) is Mapping) != (type(other) is Mapping):
        message = f"`{name}` is {_kind(other)} here and {_kind(one)} elsewhere"
        hint = "give it the same shape in both places, or remove one"
        found.append(KINDS_DIFFER.at(second.key.span, message, hint=hint, related=related))
    else:
        message = f"`{name}` is already given elsewhere"
        hint = "remove one of the two; a value for one environment belongs under `environments`"
        found.append(GIVEN_TWICE.at(second.key.span, message, hint=hint, related=related))
    return one


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
