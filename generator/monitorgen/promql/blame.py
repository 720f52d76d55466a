"""What a text that follows the grammar gets wrong, from the parser's words, and where.

The parser gives no position, so the smallest part of the text that it refuses with the same words is
taken: a call, an argument, a pair of brackets.
"""

import re
from collections.abc import Iterator
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
_COUNT: Final = re.compile(r"expected (.+) argument\(s\) in call to '(\w+)', got (\d+)")
_SET_OPERATOR: Final = re.compile(r"set operator '(\w+)' not allowed")
_SET_TWICE: Final = re.compile(r"metric name must not be set twice: '(.+)' or '(.+)'")
_BOTH_CLAUSES: Final = re.compile(r"label '(.+)' must not occur in ON and GROUP clause")
_DURATION: Final = re.compile(r"not a valid duration string: (\w+)")
_ESCAPE: Final = re.compile(r"unknown escape sequence '(.+)'")


def error_of(text: str, message: str) -> PromqlError:
    """The parser's `message` about `text`, put into plain words and at a place."""
    start, end = _smallest(text, message)
    tokens = [t for t in tokenize(text) if start <= t.start and t.end <= end and t.kind is not Kind.COMMENT]
    if found := _UNKNOWN.match(message):
        return _at(
            tokens, f"PromQL has no function `{found[1]}`", (start, end), text=(found[1],), function=found[1]
        )
    if found := _TYPE.match(message):
        wanted, got = _TYPES.get(found[1], found[1]), _TYPES.get(found[3], found[3])
        name = found[2] or next((t.text for t in tokens if t.kind is Kind.AGGREGATION), "this")
        hint = "the range belongs inside: `rate(x[5m])`" if found[1] == "matrix" else ""
        return _at(tokens, f"`{name}` takes {wanted}, and gets {got}", (start, end), text=(name,), hint=hint)
    if found := _COUNT.match(message):
        return _at(
            tokens,
            f"`{found[2]}` takes {found[1]} argument(s), not {found[3]}",
            (start, end),
            text=(found[2],),
        )
    if found := _SET_OPERATOR.match(message):
        said = f"`{found[1]}` joins series, and one side of it is only a number"
        return _at(tokens, said, (start, end), text=(found[1],))
    if message.startswith("comparisons between scalars"):
        said = "two numbers can only be compared with `bool` after the operator"
        return _at(tokens, said, (start, end), text=tuple(COMPARISONS))
    if message.startswith("ranges only allowed"):
        pairs = zip(tokens, tokens[1:], strict=False)
        place = next(
            ((t.start, t.end) for before, t in pairs if t.text == "[" and not _ends_a_selector(before)),
            (start, end),
        )
        return PromqlError("only a selector takes a range", *place, "for anything else a subquery: `[1h:1m]`")
    if message.startswith("vector selector must contain"):
        said = "this selects every series there is: at least one matcher must refuse the empty string"
        return _at(tokens, said, (start, end), text=("{",))
    if found := _SET_TWICE.match(message):
        said = f"the name of the metric is given twice: `{found[1]}` and `{found[2]}`"
        return _at(tokens, said, (start, end), text=("__name__",))
    if found := _BOTH_CLAUSES.match(message):
        said = f"`{found[1]}` is matched on already and cannot be taken from the other side as well"
        return _at(tokens[::-1], said, (start, end), text=(found[1],))
    if found := _DURATION.match(message):
        said = f"`{found[1]}` is not a duration: units go from large to small, each once"
        return _at(tokens, said, (start, end), text=(found[1],))
    if found := _ESCAPE.match(message):
        for token in tokens:
            at = token.text.find("\\" + found[1])
            if token.kind is Kind.STRING and at >= 0:
                place = token.start + at
                said = f"a string has no escape `\\{found[1]}`"
                return PromqlError(said, place, place + 2, "in quotes a backslash is written twice")
    return PromqlError(f"this is not valid PromQL: {message}", start, end)


def _ends_a_selector(token: Token) -> bool:
    return token.kind is Kind.METRIC or token.text == "}"


def _at(
    tokens: list[Token],
    message: str,
    place: tuple[int, int],
    *,
    text: tuple[str, ...],
    hint: str = "",
    function: str = "",
) -> PromqlError:
    """The error at the first of `tokens` that says one of `text`, else at `place`."""
    for token in tokens:
        if token.kind is not Kind.STRING and token.text.lower() in (t.lower() for t in text):
            place = (token.start, token.end)
            break
    return PromqlError(message, *place, hint, function)


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
