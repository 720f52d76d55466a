"""The younger ways of writing PromQL that a text uses, by their names in model.versions.SYNTAX."""

import re
from collections.abc import Iterator
from typing import Final

from monitorgen.promql.tokens import Kind, Token, tokenize
from monitorgen.promql.words import GROUPINGS

__all__ = ["features"]

# A text without any of these signs uses none of them, and need not be cut into tokens.
_SIGNS: Final = re.compile(
    r"""\d_|[{(,]\s*["'`]|[\[:][\d.xXeE\s]+[\]:]|offset|fill|(?<![\w\[:.])\d+(?:ms|[smhdwy])""", re.IGNORECASE
)
_FILLS: Final = ("fill", "fill_left", "fill_right")


def features(text: str) -> Iterator[tuple[str, int, int]]:
    """The name and the place of each use, in the order of the text, which must be a valid expression."""
    if _SIGNS.search(text) is None:
        return
    square = names = False  # between square brackets; where names of labels stand
    before: Token | None = None
    for token in tokenize(text):
        if token.kind is Kind.COMMENT:
            continue
        after = before.text.lower() if before is not None else ""
        if token.kind is Kind.BRACKET:
            square = token.text == "[" or (square and token.text != "]")
            names = token.text == "{" or (token.text == "(" and after in GROUPINGS)
        if name := _feature(token, after, square=square, names=names):
            yield name, token.start, token.end
        # A sign between `offset` and its length changes nothing.
        if not (token.text in "+-" and after == "offset"):
            before = token


def _feature(token: Token, after: str, *, square: bool, names: bool) -> str:
    match token.kind:
        case Kind.NUMBER if "_" in token.text:
            return "a digit separator"
        case Kind.NUMBER if square or after == "offset":
            return "a number as a duration"
        case Kind.DURATION if not square and after != "offset":
            return "a duration as a number"
        case Kind.STRING if names and after in ("{", "(", ","):
            return "a quoted name"
        case Kind.KEYWORD if token.text.lower() in _FILLS:
            return "a fill modifier"
        case _:
            return ""
