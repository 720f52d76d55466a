"""What a text that follows the grammar gets wrong, from the parser's words, and where.

The parser gives no position, so the smallest part of the text that it refuses with the same words is
taken: a call, an argument, a pair of brackets.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from monitorgen.promql.parser import ast_of
from monitorgen.promql.syntax import PromqlError
from monitorgen.promql.tokens import Kind, Token, tokenize
from monitorgen.promql.words import COMPARISONS

__all__ = ["error_of"]

_MOST_PARTS: Final = 200
_TYPES: Final = {
    "matrix": "a range of samples (`x[5m]`)",
    "vector": "an instant vector",
    "scalar": "a number",
    "string": "a string in quotes",
}
_UNKNOWN: Final = re.compile(r"unknown function with name '(.+)'")
_TYPE: Final = re.compile(
    r"expected type (\w+) in (?:call to function|aggregation expression) ?'?(\w*)'?, got (\w+)"
)
_ESCAPE: Final = re.compile(r"unknown escape sequence '(.+)'")
_RANGE: Final = "ranges only allowed"

# What the parser says, what we say, and the words to point at: both may use the groups of the first.
_SAYINGS: Final = tuple(
    (re.compile(pattern), said, words)
    for pattern, said, words in (
        (
            r"expected (.+) argument\(s\) in call to '(\w+)', got (\d+)",
            r"`\2` takes \1 argument(s), not \3",
            (r"\2",),
        ),
        (
            r"set operator '(\w+)' not allowed.*",
            r"`\1` joins series, and one side of it is only a number",
            (r"\1",),
        ),
        (
            "comparisons between scalars.*",
            "two numbers can only be compared with `bool` after the operator",
            tuple(COMPARISONS),
        ),
        (
            "vector selector must contain.*",
            "this selects every series there is: at least one matcher must refuse the empty string",
            ("{",),
        ),
        (
            "metric name must not be set twice: '(.+)' or '(.+)'",
            r"the name of the metric is given twice: `\1` and `\2`",
            ("__name__",),
        ),
        (
            r"not a valid duration string: (\w+)",
            r"`\1` is not a duration: units go from large to small, each once",
            (r"\1",),
        ),
    )
)
_BOTH_CLAUSES: Final = re.compile("label '(.+)' must not occur in ON and GROUP clause.*")


def error_of(text: str, message: str) -> PromqlError:
    """The parser's `message` about `text`, put into plain words and at a place."""
    whole = _smallest(text, message)
    tokens = [
        t for t in tokenize(text) if whole[0] <= t.start and t.end <= whole[1] and t.kind is not Kind.COMMENT
    ]
    for pattern, said, words in _SAYINGS:
        if (found := pattern.fullmatch(message)) is not None:
            place = _first(tokens, [found.expand(word) for word in words]) or whole
            return PromqlError(found.expand(said), *place)
    if found := _UNKNOWN.match(message):
        name = found[1]
        place = _first(tokens, [name]) or whole
        return PromqlError(f"PromQL has no function `{name}`", *place, function=name)
    if found := _TYPE.match(message):
        return _wrong_type(tokens, whole, *found.groups())
    if found := _BOTH_CLAUSES.match(message):
        said = f"`{found[1]}` is matched on already and cannot be taken from the other side as well"
        return PromqlError(said, *(_first(tokens[::-1], [found[1]]) or whole))
    if message.startswith(_RANGE):
        return _range_of_no_selector(tokens, whole)
    if (found := _ESCAPE.match(message)) and (error := _wrong_escape(tokens, "\\" + found[1])) is not None:
        return error
    return PromqlError(f"this is not valid PromQL: {message}", *whole)


def _wrong_type(
    tokens: list[Token], whole: tuple[int, int], wanted: str, function: str, got: str
) -> PromqlError:
    name = function or next((t.text for t in tokens if t.kind is Kind.AGGREGATION), "this")
    said = f"`{name}` takes {_TYPES.get(wanted, wanted)}, and gets {_TYPES.get(got, got)}"
    hint = "the range belongs inside: `rate(x[5m])`" if wanted == "matrix" else ""
    return PromqlError(said, *(_first(tokens, [name]) or whole), hint)


def _range_of_no_selector(tokens: list[Token], whole: tuple[int, int]) -> PromqlError:
    place = whole
    for before, token in pairwise(tokens):
        if token.text == "[" and before.kind is not Kind.METRIC and before.text != "}":
            place = (token.start, token.end)
            break
    return PromqlError("only a selector takes a range", *place, "for anything else a subquery: `[1h:1m]`")


def _wrong_escape(tokens: list[Token], escape: str) -> PromqlError | None:
    for token in tokens:
        at = token.text.find(escape)
        if token.kind is Kind.STRING and at >= 0:
            start, end = token.start + at, token.start + at + len(escape)
            said = f"a string has no escape `{escape}`"
            return PromqlError(said, start, end, "in quotes a backslash is written twice")
    return None


def _first(tokens: list[Token], words: list[str]) -> tuple[int, int] | None:
    """Where the first of `tokens` that is one of `words` stands."""
    lower = {word.lower() for word in words}
    return next(
        ((t.start, t.end) for t in tokens if t.kind is not Kind.STRING and t.text.lower() in lower), None
    )


def _smallest(text: str, message: str) -> tuple[int, int]:
    for start, end in sorted(set(_parts(text)), key=lambda part: part[1] - part[0])[:_MOST_PARTS]:
        if ast_of(text[start:end])[1] == message:
            return start, end
    return _stripped(text, 0, len(text))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """The parts of the text that are expressions by themselves: calls, arguments, what is in brackets."""
    opened: list[tuple[int, int]] = []  # where the call begins, where its current argument begins
    before: Token | None = None
    for token in tokenize(text):
        if token.kind is Kind.BRACKET and token.text == "(":
            called = before is not None and before.kind in (Kind.FUNCTION, Kind.AGGREGATION)
            opened.append((before.start if called and before is not None else token.start, token.end))
        elif opened and token.kind is Kind.COMMA:
            yield _stripped(text, opened[-1][1], token.start)
            opened[-1] = (opened[-1][0], token.end)
        elif opened and token.kind is Kind.BRACKET and token.text == ")":
            start, argument = opened.pop()
            yield _stripped(text, argument, token.start)
            yield start, token.end
        if token.kind is not Kind.COMMENT:
            before = token


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
