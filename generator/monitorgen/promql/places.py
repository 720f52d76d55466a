"""Where the parts of a valid expression stand in its text, in the order the analysis lists them."""

from dataclasses import dataclass
from functools import lru_cache

from monitorgen.promql.tokens import Kind, Token, tokenize

__all__ = ["MatcherPlace", "SelectorPlace", "functions", "ranges", "selectors"]


@dataclass(frozen=True, slots=True)
class MatcherPlace:
    """A label matcher: its name (or quoted name) and its value's string literal, both as `(start, end)`."""

    name: tuple[int, int]
    value: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SelectorPlace:
    """A selector: the metric name, or the braces where there is none, and its matchers in order."""

    start: int
    end: int
    matchers: tuple[MatcherPlace, ...]


def functions(text: str, name: str) -> list[tuple[int, int]]:
    """Where the function or aggregation `name` is called."""
    tokens = _significant(text)
    found = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        called = token.kind in (Kind.FUNCTION, Kind.AGGREGATION) or (
            token.kind is Kind.KEYWORD and following is not None and following.text == "("
        )
        if called and (token.text == name or token.text.lower() == name):
            found.append((token.start, token.end))
    return found


@lru_cache(maxsize=1024)
def ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Where the ranges stand, from `[` to `]`, in the order of `Parsed.ranges`."""
    found = []
    start = 0
    for token in _significant(text):
        if token.text == "[" and token.kind is Kind.BRACKET:
            start = token.start
        elif token.text == "]" and token.kind is Kind.BRACKET:
            found.append((start, token.end))
    return tuple(found)


@lru_cache(maxsize=1024)
def selectors(text: str) -> tuple[SelectorPlace, ...]:
    """Where the selectors stand, in the order of `Parsed.selectors`."""
    found = []
    tokens = _significant(text)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        named = token.kind is Kind.METRIC
        if not named and token.text != "{":
            index += 1
            continue
        braces = index + 1 if named else index
        close = braces
        if braces < len(tokens) and tokens[braces].text == "{" and tokens[braces].kind is Kind.BRACKET:
            close = next(i for i in range(braces, len(tokens)) if tokens[i].text == "}")
        end = token.end if named else tokens[close].end
        found.append(SelectorPlace(token.start, end, _matchers(tokens[braces + 1 : close])))
        index = close + 1 if close > braces else index + 1
    return tuple(found)


def _matchers(tokens: tuple[Token, ...]) -> tuple[MatcherPlace, ...]:
    return tuple(
        MatcherPlace((name.start, name.end), (value.start, value.end))
        for name, op, value in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if op.kind is Kind.OPERATOR and value.kind is Kind.STRING
    )


def _significant(text: str) -> tuple[Token, ...]:
    return tuple(t for t in tokenize(text) if t.kind is not Kind.COMMENT)
