"""What can be wrong with a file that is YAML, but not a tree we take: each fault's code and its words."""

import difflib
from collections.abc import Iterable
from itertools import islice

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.model.span import Span
from monitorgen.source.example import SPEC

__all__ = [
    "CODES",
    "bad_merge",
    "duplicate_key",
    "key",
    "recursive_alias",
    "shown",
    "tag",
    "too_deep",
    "too_many_documents",
    "too_many_faults",
    "too_many_nodes",
    "too_much_repeated",
    "unknown_alias",
]

_AGAIN = "      again: {type: http, url: *home, alert: {severity: low}}\n"

TOO_DEEP = Code(
    "MG0107",
    "Nested too deeply",
    why="Maps and lists stand in each other deeper than any spec needs. A document of endless brackets can "
    "bring a YAML reader down, so reading ends at a fixed depth.",
    bad=SPEC + "extra_note: " + "[" * 101 + "]" * 101 + "\n",
    good=SPEC,
)

TOO_MANY_NODES = Code(
    "MG0108",
    "Too many values in one file",
    why="A file holds more keys and values than a run can keep in reasonable memory. Nothing forces a spec "
    "into one file: maps merge across files to any depth.",
)

TOO_MUCH_REPEATED = Code(
    "MG0109",
    "Aliases stand for too much",
    why="A few lines of aliases that point at lists of aliases can stand for billions of values. What the "
    "aliases of a file stand for is counted, and a file that goes beyond the limit is refused before it is "
    "expanded.",
    bad=SPEC
    + "".join(
        f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10) if i else 'a, b, c, d, e, f, g, h, i, j'}]\n"
        for i in range(8)
    ),
    good=SPEC,
)

UNKNOWN_ALIAS = Code(
    "MG0110",
    "Unknown alias",
    why="`*name` repeats what an anchor `&name` marked earlier in the same document. Without that anchor "
    "there is nothing to repeat. A value that is meant to begin with a star needs quotes.",
    bad=SPEC + "      basket: {type: http, url: *basket, alert: {severity: low}}\n",
    good=SPEC.replace("url: https", "url: &home https") + _AGAIN,
)

RECURSIVE_ALIAS = Code(
    "MG0111",
    "An alias inside of what it stands for",
    why="An anchor that contains its own alias would be a tree without end.",
    bad=SPEC.replace("checks:\n", "checks: &checks\n") + "      again: *checks\n",
    good=SPEC,
)

TAG = Code(
    "MG0112",
    "YAML tag",
    why="A tag such as `!secret` or `!!python/object` asks the YAML reader to make something special of a "
    "value. A spec has none of these: the field a value stands in says what type it has.",
    bad=SPEC.replace("https://shop.example/", "!env SHOP_URL"),
    good=SPEC,
)

DUPLICATE_KEY = Code(
    "MG0113",
    "Key given twice",
    why="Most YAML readers keep the last of two equal keys and lose the first in silence, so an alert or a "
    "whole service can vanish in a review.",
    bad=SPEC.replace("    team: ops\n", "    team: ops\n    team: shop\n"),
    good=SPEC,
)

KEY = Code(
    "MG0114",
    "A key that is no name",
    why="Keys are names. YAML also takes a list, a map or nothing as a key, which happens by accident when a "
    "template in double braces is not quoted: `{{ x }}` is a map whose key is a map.",
    bad=SPEC.replace("https://shop.example/", "{{ address }}"),
    good=SPEC,
)

BAD_MERGE = Code(
    "MG0115",
    "Merge of something that is no map",
    why="`<<` takes the keys of a map, or of each map of a list, into the map it stands in. Other values "
    "have no keys to take.",
    bad=SPEC.replace("    team: ops\n", "    team: &team ops\n    <<: *team\n"),
    good=SPEC,
)

TOO_MANY_FAULTS = Code(
    "MG0116",
    "Too many faults",
    why="After hundreds of faults the rest is noise. Those shown are real: mend them, run again.",
)

CODES = (
    TOO_DEEP,
    TOO_MANY_NODES,
    TOO_MUCH_REPEATED,
    UNKNOWN_ALIAS,
    RECURSIVE_ALIAS,
    TAG,
    DUPLICATE_KEY,
    KEY,
    BAD_MERGE,
    TOO_MANY_FAULTS,
)

_SHOWN = 60


def shown(text: str) -> str:
    """`text` short enough to stand in a message."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def too_deep(span: Span, limit: int) -> Diagnostic:
    """Maps and lists stand deeper than `limit`; the rest of the file is not read."""
    message = f"maps and lists are nested more than {limit} deep here"
    return TOO_DEEP.at(
        span, message, hint="look for a bracket that is never closed, or a list in a list by accident"
    )


def too_many_nodes(span: Span, limit: int) -> Diagnostic:
    """The file has more than `limit` keys and values; the rest of it is not read."""
    message = f"the file holds more than {limit:,} keys and values"
    return TOO_MANY_NODES.at(span, message, hint="split it into several files: maps merge across files")


def too_many_documents(span: Span, limit: int) -> Diagnostic:
    """The file has more than `limit` documents; the rest of it is not read."""
    message = f"the file holds more than {limit:,} documents, that is, lines of `---`"
    return TOO_MANY_NODES.at(span, message, hint="leave the `---` out: sections of one document need none")


def too_much_repeated(span: Span, limit: int) -> Diagnostic:
    """The aliases up to this one stand for more than `limit` keys and values."""
    message = f"the aliases of this file stand for more than {limit:,} keys and values"
    hint = "do not let anchors contain aliases of anchors that contain aliases; use a profile instead"
    return TOO_MUCH_REPEATED.at(span, message, hint=hint)


def unknown_alias(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    """`*name` without an earlier `&name`."""
    # Comparing takes the product of the lengths, so absurd names are not compared.
    candidates = [other for other in islice(known, 200) if len(other) <= _SHOWN]
    near = difflib.get_close_matches(name, candidates, n=1) if len(name) <= _SHOWN else []
    name = shown(name)
    hint = f"did you mean `*{near[0]}`?" if near else f"mark what to repeat with `&{name}`, or quote the star"
    return UNKNOWN_ALIAS.at(span, f"there is no anchor `&{name}` before this alias", hint=hint)


def recursive_alias(span: Span, name: str) -> Diagnostic:
    """`*name` inside of what `&name` marks."""
    message = f"the alias `*{shown(name)}` stands inside of what it repeats"
    return RECURSIVE_ALIAS.at(
        span, message, hint="a value cannot contain itself: write out what is meant here"
    )


def tag(span: Span, text: str) -> Diagnostic:
    """A tag that asks for more than plain text, map or list."""
    message = f"the YAML tag `{shown(text)}` has no meaning in a spec"
    hint = "remove it; for a secret say {file: ...}; quote the value if it is meant to begin with `!`"
    return TAG.at(span, message, hint=hint)


def duplicate_key(first: Span, second: Span, name: str) -> Diagnostic:
    """The same key twice in one map of one file."""
    message = f"the key `{shown(name)}` is given twice in the same map"
    if name == "<<":
        hint = "merge several maps with one list: `<<: [*first, *second]`"
    else:
        hint = "remove one of them, or give it another name"
    return DUPLICATE_KEY.at(second, message, hint=hint, related=[Related("first given here", first)])


def key(span: Span, *, empty: bool, template: bool) -> Diagnostic:
    """A key that is nothing, or a list or map; `template`: it looks like unquoted double braces."""
    if template:
        hint = 'quote a value that holds a template: "{{ $labels.instance }} is down"'
        return KEY.at(span, "unquoted double braces are a YAML map, not a template", hint=hint)
    if empty:
        return KEY.at(
            span, "there is no key before this colon", hint="put a name before it, or quote the value"
        )
    return KEY.at(
        span, "a list or map cannot be a key", hint="use a plain name as the key, and quote it if need be"
    )


def bad_merge(at: Span, value: Span) -> Diagnostic:
    """`<<` with something else than a map or a list of maps."""
    hint = "give it an alias of a map, or a list of such: `<<: [*first, *second]`"
    return BAD_MERGE.at(
        at, "only maps can be merged with `<<`", hint=hint, related=[Related("this is no map", value)]
    )


def too_many_faults(span: Span | None, limit: int) -> Diagnostic:
    """What comes after `limit` faults is not reported."""
    message = f"more than {limit} faults like these; the rest is not shown"
    return TOO_MANY_FAULTS.at(span, message, hint="mend these and run again")
