"""promql-parser kept within bounds: a text goes in, its AST or an error with a place comes out.

What has to be kept from it (seen with 0.12): it dies of a segmentation fault where some thousand operators
nest, panics over `[1e30]`, takes `[0]`, form feeds and VictoriaMetrics' `or` between matchers, refuses
escapes in backquoted strings and the underscores of `1_000`, does not know holt_winters, and checks
regular expressions by Rust's rules instead of RE2's.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from monitorgen.model.duration import parse_duration
from monitorgen.promql.blame import error_of
from monitorgen.promql.parser import ast_of
from monitorgen.promql.pieces import quoted
from monitorgen.promql.syntax import PromqlError, first_error
from monitorgen.promql.tokens import Kind, Token, string_value, tokenize

__all__ = ["Reading", "read"]

_DEEPEST: Final = 200
_NESTED: Final = 100
# Cheap signs, each of which sends the text through the tokens first.
_NESTING: Final = re.compile(r"[(+\-*/%^<>=!]|and|or|unless|atan2", re.IGNORECASE)
_ODD: Final = re.compile(
    r"`|\f|\d_|\d{10}|\d{3}y|\d{5}[wdhm]|\de[+-]?\d|(?:[\[:]|offset)[-+\s]*0|\bor\b", re.IGNORECASE
)
_LONGEST: Final = 9_223_372_036  # seconds in the 64 bits of nanoseconds that Prometheus has
_ILLEGAL_REGEX: Final = "illegal regex for "


@dataclass(frozen=True, slots=True)
class Reading:
    """The AST of a text. Its matchers hold a stand-in for each regular expression that is in `regexes`."""

    expr: Any
    regexes: dict[str, str] = field(default_factory=dict)


def read(text: str) -> Reading | PromqlError:
    """The AST of `text` as promql-parser has it, or what is wrong with the text."""
    shown = text
    if len(_NESTING.findall(text)) > _NESTED and (found := _too_deep(text)) is not None:
        return found
    if _ODD.search(text):
        plain = _plain(text)
        if isinstance(plain, PromqlError):
            return plain
        text = plain
    regexes: dict[str, str] = {}
    while True:
        expr, message = ast_of(text)
        if not message:
            return Reading(expr, regexes)
        pattern = message.removeprefix(_ILLEGAL_REGEX)
        if pattern == message or pattern in regexes:
            return first_error(shown) or error_of(shown, message)
        # That is Rust's opinion. What RE2 thinks of a pattern is checked apart from the syntax.
        stand_in = f"regex {len(regexes)}"
        regexes[stand_in] = pattern
        text = _with_regex(text, pattern, stand_in)


def _too_deep(text: str) -> PromqlError | None:
    """An error when brackets and operators nest deeper than anyone can read and the parser can bear."""
    operators, deepest = [0], [0]
    for token in tokenize(text):
        if token.kind is Kind.OPERATOR:
            operators[-1] += 1
        elif token.text == "(" and token.kind is Kind.BRACKET:
            operators.append(0)
            deepest.append(0)
        elif token.text == ")" and token.kind is Kind.BRACKET and len(operators) > 1:
            inside = operators.pop() + deepest.pop() + 1
            deepest[-1] = max(deepest[-1], inside)
        if len(operators) > _NESTED or operators[-1] + deepest[-1] > _DEEPEST:
            return PromqlError(
                f"this expression nests too deep: more than {_NESTED} brackets or {_DEEPEST} operators",
                token.start,
                token.end,
                "record parts of it with recording rules, and combine those",
            )
    return None


def _plain(text: str) -> str | PromqlError:
    """The same expression in the words promql-parser understands, or what it would wrongly take."""
    parts: list[str] = []
    last, braces, square, offset = 0, False, False, False
    for token in tokenize(text):
        part = token.text
        if token.kind is Kind.ERROR:
            return first_error(text) or PromqlError(f"PromQL has no `{part}`", token.start, token.end)
        if token.kind is Kind.BRACKET:
            braces = part == "{" or (braces and part != "}")
            square = part == "[" or (square and part != "]")
        elif token.kind is Kind.KEYWORD and part.lower() == "offset":
            offset = True
        elif token.kind is Kind.STRING and part[0] == "`":
            part = quoted(string_value(part))
        elif token.kind in (Kind.NUMBER, Kind.DURATION):
            part = part.replace("_", "")
            if (square or offset) and (wrong := _length(token, part)) is not None:
                return wrong
            offset = False
        elif braces and part.lower() == "or":
            return first_error(text) or PromqlError("matchers are joined by `,`", token.start, token.end)
        parts += (text[last : token.start], part)
        last = token.end
    return "".join((*parts, text[last:]))


def _length(token: Token, part: str) -> PromqlError | None:
    try:
        seconds: float | None = float(part)
    except ValueError:
        seconds = parse_duration(part)
    if seconds is None or not seconds <= _LONGEST:
        return PromqlError(f"`{token.text}` is too long for a duration", token.start, token.end)
    if not seconds:
        return PromqlError("a range, a step or an offset of nothing", token.start, token.end)
    return None


def _with_regex(text: str, pattern: str, stand_in: str) -> str:
    for token in tokenize(text):
        if token.kind is Kind.STRING and string_value(token.text) == pattern:
            return f"{text[: token.start]}{quoted(stand_in)}{text[token.end :]}"
    return text
