"""A list of items that each carry `name` is another way to write a map keyed by name."""

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.source.example import SPEC
from monitorgen.source.faults import shown
from monitorgen.source.node import Entry, Mapping, Node, Scalar, Sequence

__all__ = ["CODES", "is_named_list", "named_list_to_mapping"]

_LISTED = SPEC.replace("      home: {", "      - {name: home, ")
_WWW = "      - {name: www, type: http, url: https://www.shop.example/, alert: {severity: low}}\n"

NO_NAME = Code(
    "MG0130",
    "List item without a name",
    why="A section may be written as a list when each item carries a `name`; that name is the key it is "
    "known by everywhere else.",
    bad=SPEC.replace("      home: {", "      - {"),
    good=_LISTED,
)

NAME_TWICE = Code(
    "MG0131",
    "Two list items of the same name",
    why="The name is what an item is known by, so two items of one name would be one thing said twice.",
    bad=_LISTED + _WWW.replace("www,", "home,"),
    good=_LISTED + _WWW,
)

CODES = (NO_NAME, NAME_TWICE)


def is_named_list(node: Sequence) -> bool:
    """True when there are items and each is a map with a `name`."""
    return bool(node.items) and all(_name(item) is not None for item in node.items)


def named_list_to_mapping(node: Sequence) -> tuple[Mapping, list[Diagnostic]]:
    """The items keyed by their `name`, which is dropped from them; in the order they were written.

    An item without a name, or with one already taken, is left out with a diagnostic.
    """
    entries: dict[str, Entry] = {}
    found: list[Diagnostic] = []
    for item in node.items:
        name = _name(item)
        if name is None or type(item) is not Mapping:
            hint = "begin the item with `name: ...`, or write the section as a map keyed by name"
            found.append(NO_NAME.at(item.span, "this item has no name", hint=hint))
            continue
        taken = entries.get(name.text)
        if taken is not None:
            message = f"there is already an item named `{shown(name.text)}` in this list"
            related = [Related("first given here", taken.key.span)]
            found.append(NAME_TWICE.at(name.span, message, hint="give it another name", related=related))
            continue
        rest = {key: entry for key, entry in item.entries.items() if key != "name"}
        entries[name.text] = Entry(name, Mapping(item.source, item.start, item.end, rest))
    return Mapping(node.source, node.start, node.end, entries), found


def _name(item: Node) -> Scalar | None:
    entry = item.entries.get("name") if type(item) is Mapping else None
    if entry is None or type(entry.value) is not Scalar or not entry.value.text or entry.value.is_null:
        return None
    return entry.value
