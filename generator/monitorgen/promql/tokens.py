"""PromQL text cut into tokens with exact offsets, for what an AST without positions cannot tell.

Nothing raises: what cannot be read becomes an ERROR token, and the tokens with the blanks between them
are always the whole text again. The token kinds follow the lexer of Prometheus (promql/parser/lex.go).
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from monitorgen.promql.words import AGGREGATIONS, GROUPINGS, KEYWORDS, WORD_OPERATORS

__all__ = ["Kind", "Token", "string_value", "tokenize"]


class Kind(StrEnum):
    """What a token is. Names are told apart by where they stand."""

    METRIC = "metric"
    LABEL = "label"
    FUNCTION = "function"
    AGGREGATION = "aggregation"
    KEYWORD = "keyword"
    STRING = "string"
    NUMBER = "number"
    DURATION = "duration"
    OPERATOR = "operator"
    BRACKET = "bracket"
    COMMA = "comma"
    COLON = "colon"
    COMMENT = "comment"
    ERROR = "error"


class Token(NamedTuple):
    """A piece of the text: `text` stands at `[start, end)`, counted in characters.

    A tuple, because making one costs a third of a frozen dataclass and expressions have many.
    """

    kind: Kind
    text: str
    start: int
    end: int


_STRING = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'|`[^`]*`"
_DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
_NUMBER = r"0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?"
_PIECES: Final = (
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<comment>#[^\n\r]*)"
    rf"|(?P<string>{_STRING})"
    r"|(?P<unclosed>[\"'][^\n]*|`.*)"
    rf"|(?P<duration>{_DURATION})(?![\w.])"
    rf"|(?P<number>{_NUMBER})(?![\w.])"
    r"|(?P<malformed>\.?\d[\w.]*)"
    r"|(?P<operator>=~|!~|==|!=|<=|>=|[=<>+\-*/%^@])"
    r"|(?P<bracket>[(){}\[\]])"
    r"|(?P<comma>,)"
)
_OUTSIDE: Final = re.compile(
    _PIECES + r"|(?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?P<junk>.)", re.DOTALL | re.ASCII
)
# Between square brackets a colon parts the range of a subquery from its step.
_IN_SQUARE: Final = re.compile(
    _PIECES + r"|(?P<word>[a-zA-Z_]\w*)|(?P<colon>:)|(?P<junk>.)", re.DOTALL | re.ASCII
)

_KINDS: Final = {
    "comment": Kind.COMMENT,
    "string": Kind.STRING,
    "unclosed": Kind.ERROR,
    "duration": Kind.DURATION,
    "number": Kind.NUMBER,
    "malformed": Kind.ERROR,
    "operator": Kind.OPERATOR,
    "bracket": Kind.BRACKET,
    "comma": Kind.COMMA,
    "colon": Kind.COLON,
    "word": Kind.METRIC,
    "junk": Kind.ERROR,
}


@lru_cache(maxsize=4096)
def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of `text` in order, comments included, blanks left out."""
    return tuple(_named(list(_pieces(text))))


def _pieces(text: str) -> Iterator[Token]:
    pattern, position = _OUTSIDE, 0
    while (found := pattern.match(text, position)) is not None:
        group, piece, end = found.lastgroup, found[0], found.end()
        if group is not None and group != "blank":
            yield Token(_KINDS[group], piece, position, end)
        if group == "bracket" and piece in "[]":
            pattern = _IN_SQUARE if piece == "[" else _OUTSIDE
        position = end


def _named(tokens: list[Token]) -> Iterator[Token]:
    """The same tokens, with the words told apart: label, function, aggregation, keyword, number, metric."""
    braces, labels = 0, 0
    grouping = False  # the last word was one that a list of labels in brackets follows
    for token, following in zip(tokens, _followers(tokens), strict=True):
        kind, text, start, end = token
        if kind is Kind.METRIC:
            named = Kind.LABEL if braces or labels else _word(text, following)
            grouping = named is Kind.KEYWORD and text.lower() in GROUPINGS
            yield token if named is Kind.METRIC else Token(named, text, start, end)
            continue
        if kind is Kind.BRACKET:
            if text == "{":
                braces += 1
            elif text == "}":
                braces = max(0, braces - 1)
            elif text == "(" and (grouping or labels):
                labels += 1
            elif text == ")":
                labels = max(0, labels - 1)
        if kind is not Kind.COMMENT:
            grouping = False
        yield token


def _followers(tokens: list[Token]) -> list[Token | None]:
    """For each token the next one that is not a comment."""
    following: Token | None = None
    followers = []
    for token in reversed(tokens):
        followers.append(following)
        if token.kind is not Kind.COMMENT:
            following = token
    return followers[::-1]


def _word(text: str, following: Token | None) -> Kind:
    lower = text.lower()
    opens = following is not None and following.text == "("
    if lower in AGGREGATIONS:
        grouped = following is not None and following.text.lower() in ("by", "without")
        return Kind.AGGREGATION if opens or grouped else Kind.METRIC
    if lower in WORD_OPERATORS:
        return Kind.OPERATOR
    if lower in ("inf", "nan"):
        return Kind.NUMBER
    if lower in GROUPINGS or lower in ("bool", "offset"):
        return Kind.KEYWORD
    if opens:
        return Kind.KEYWORD if lower in KEYWORDS else Kind.FUNCTION
    return Kind.METRIC


_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\\"'])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)"
)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def string_value(literal: str) -> str:
    """What a string token says: quotes off, escapes resolved. A wrong escape stays as it is written."""
    body = literal[1:-1]
    if literal[:1] == "`" or "\\" not in body:
        return body
    if not re.search(r"\\(?:x|[0-7]{3})", body):
        return _ESCAPE.sub(_unescaped, body)
    # \x and octal escapes name bytes, which only together may make a character.
    out = bytearray()
    last = 0
    for found in _ESCAPE.finditer(body):
        out += body[last : found.start()].encode("utf-8", "surrogatepass")
        byte = int(found[2], 16) if found[2] else int(found[3], 8) if found[3] else None
        out += (
            bytes([byte & 0xFF]) if byte is not None else _unescaped(found).encode("utf-8", "surrogatepass")
        )
        last = found.end()
    return (bytes(out) + body[last:].encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return _SIMPLE.get(found[1], found[1])
    number = int(found[4] or found[5] or "110000", 16)
    return chr(number) if number < 0x110000 else found[0]
