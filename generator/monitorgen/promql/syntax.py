"""Where the syntax of a PromQL text first goes wrong, and what would have been right there.

promql-parser says that a text is wrong but not where. This walks the tokens by the grammar of Prometheus
(promql/parser/generated_parser.y) far enough to point at the first token that cannot stand where it
stands; what a valid text means is the AST's business.
"""

from dataclasses import dataclass
from typing import Final, Never

from monitorgen.promql.tokens import Kind, Token, tokenize
from monitorgen.promql.words import COMPARISONS, WORD_OPERATORS

__all__ = ["PromqlError", "first_error"]


@dataclass(frozen=True, slots=True)
class PromqlError:
    """Why a text is not PromQL: `text[start:end]` is where, `function` the name that is not a function."""

    message: str
    start: int
    end: int
    hint: str = ""
    function: str = ""


class _Found(Exception):  # noqa: N818 - a way out of the recursion, seen by nobody
    def __init__(self, error: PromqlError) -> None:
        self.error = error


_CLOSING: Final = {"(": ")", "{": "}", "[": "]"}
_LENGTHS: Final = (Kind.DURATION, Kind.NUMBER)
_MATCHING: Final = ("=", "!=", "=~", "!~")
_BINARY: Final = COMPARISONS | WORD_OPERATORS | {"+", "-", "*", "/", "%", "^"}
_NO_NAMES: Final = ("bool", "on", "ignoring", "group_left", "group_right")  # other keywords can name metrics
_FOREIGN: Final = {
    "&": "the logical operators are `and`, `or` and `unless`",
    "|": "the logical operators are `and`, `or` and `unless`",
    "!": "`unless` leaves series out; `!=` compares",
    "$": "`${...}` is put in only where the spec's documentation says so; `{{ ... }}` belongs in annotations",
    ";": "one expression, without a semicolon",
    ".": "names hold letters, digits, `_` and `:` only",
    "\u00a0": "a no-break space, most likely from a copied text: type a plain one",
}


def first_error(text: str) -> PromqlError | None:
    """The first token that cannot stand where it does, or None when the grammar finds nothing wrong."""
    tokens = [t for t in tokenize(text) if t.kind is not Kind.COMMENT]
    if not tokens:
        return PromqlError("there is no expression here", 0, len(text))
    found = _unreadable(tokens) or _unbalanced(tokens)
    if found is not None:
        return found
    walk = _Walk(tokens)
    try:
        walk.expression()
        if walk.token is not None:
            walk.refuse("an operator" if walk.token.text != "=" else "`==`")
    except _Found as way_out:
        return way_out.error
    return None


def _unreadable(tokens: list[Token]) -> PromqlError | None:
    token = next((t for t in tokens if t.kind is Kind.ERROR), None)
    if token is None:
        return None
    if token.text[0] in "\"'`":
        return PromqlError(
            f"this string is never closed: its {token.text[0]} has no partner", token.start, token.end
        )
    if token.text[0].isdigit() or len(token.text) > 1:
        return PromqlError(f"`{token.text}` is neither a number nor a duration", token.start, token.end)
    shown = token.text if token.text.isprintable() else f"U+{ord(token.text):04X}"
    hint = _FOREIGN.get(token.text, "")
    return PromqlError(f"PromQL has no `{shown}`", token.start, token.end, hint)


def _unbalanced(tokens: list[Token]) -> PromqlError | None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind is not Kind.BRACKET:
            continue
        if token.text in _CLOSING:
            opened.append(token)
        elif not opened:
            return PromqlError(f"this `{token.text}` closes nothing", token.start, token.end)
        elif _CLOSING[opened[-1].text] != token.text:
            wanted = _CLOSING[opened[-1].text]
            return PromqlError(
                f"this `{token.text}` stands where `{wanted}` has to close the `{opened[-1].text}`",
                token.start,
                token.end,
            )
        else:
            opened.pop()
    if opened:
        last = opened[-1]
        return PromqlError(f"this `{last.text}` is never closed", last.start, last.end)
    return None


class _Walk:
    """The tokens and how far they have been understood."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def token(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def refuse(self, wanted: str, hint: str = "") -> Never:
        token = self.token
        if token is None:
            last = self.tokens[-1]
            raise _Found(
                PromqlError(f"{wanted} is missing after `{_short(last.text)}`", last.start, last.end, hint)
            )
        message = f"`{_short(token.text)}` cannot stand here: {wanted} is expected"
        raise _Found(PromqlError(message, token.start, token.end, hint))

    def sees(self, *texts: str) -> bool:
        token = self.token
        return token is not None and token.kind is not Kind.STRING and token.text.lower() in texts

    def takes(self, *texts: str) -> bool:
        seen = self.sees(*texts)
        self.at += seen
        return seen

    def takes_kind(self, *kinds: Kind) -> bool:
        token = self.token
        seen = token is not None and token.kind in kinds
        self.at += seen
        return seen

    def wants(self, text: str) -> None:
        if not self.takes(text):
            self.refuse(f"`{text}`")

    def expression(self) -> None:
        self.operand()
        while self.token is not None and self.token.kind is Kind.OPERATOR and self.sees(*_BINARY):
            self.at += 1
            self.modifiers()
            self.operand()

    def modifiers(self) -> None:
        self.takes("bool")
        if self.takes("on", "ignoring"):
            self.label_list()
            if self.takes("group_left", "group_right") and self.sees("("):
                # The bracket may as well open the right operand; labels are only names and commas.
                self.label_list()
        while self.sees("fill", "fill_left", "fill_right") and self.tokens[self.at + 1 : self.at + 2]:
            if self.tokens[self.at + 1].text != "(":
                return
            self.at += 2
            self.takes("-", "+")
            if not self.takes_kind(*_LENGTHS):
                self.refuse("a number")
            self.wants(")")

    def operand(self) -> None:
        while self.takes("+", "-"):
            pass
        self.primary()
        while True:
            if self.sees("["):
                self.range()
            elif self.takes("offset"):
                self.takes("-", "+")
                if not self.takes_kind(*_LENGTHS):
                    self.refuse("a duration such as `5m`")
            elif self.takes("@"):
                self.instant()
            else:
                return

    def primary(self) -> None:
        token = self.token
        if token is None:
            self.refuse("an expression")
        if token.kind in (Kind.NUMBER, Kind.DURATION, Kind.STRING):
            self.at += 1
        elif self.takes("("):
            self.expression()
            self.wants(")")
        elif self.sees("{"):
            self.matchers()
        elif token.kind is Kind.AGGREGATION:
            self.at += 1
            grouped = self.grouping()
            self.arguments()
            if not grouped:
                self.grouping()
        elif token.kind is Kind.FUNCTION or (token.kind is Kind.KEYWORD and self.opens_next()):
            self.at += 1
            self.arguments()
        elif token.kind is Kind.METRIC or (token.kind is Kind.KEYWORD and not self.sees(*_NO_NAMES)):
            self.at += 1
            if self.sees("{"):
                self.matchers()
        else:
            self.refuse("an expression", "comparing takes `==`" if token.text == "=" else "")

    def opens_next(self) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text == "("

    def arguments(self) -> None:
        self.wants("(")
        if self.takes(")"):
            return
        self.expression()
        while self.takes(","):
            self.expression()
        if not self.takes(")"):
            self.refuse("`,`, `)` or an operator")

    def grouping(self) -> bool:
        if self.takes("by", "without"):
            self.label_list()
            return True
        return False

    def label_list(self) -> None:
        self.wants("(")
        while not self.takes(")"):
            if not self.takes_kind(Kind.LABEL, Kind.STRING):
                self.refuse("the name of a label")
            if not self.takes(",") and not self.sees(")"):
                self.refuse("`,` or `)`")

    def matchers(self) -> None:
        self.wants("{")
        while not self.takes("}"):
            quoted = self.takes_kind(Kind.STRING)
            if not quoted and not self.takes_kind(Kind.LABEL):
                self.refuse("the name of a label")
            if not (quoted and self.sees(",", "}")):
                if not self.takes(*_MATCHING):
                    self.refuse("one of `=`, `!=`, `=~` and `!~`")
                if not self.takes_kind(Kind.STRING):
                    self.refuse("a string in quotes", "put the value in quotes")
            if not self.takes(",") and not self.sees("}"):
                self.refuse("`,` or `}`")

    def range(self) -> None:
        self.wants("[")
        if not self.takes_kind(*_LENGTHS):
            self.refuse("a duration such as `5m`")
        if self.token is not None and self.token.kind is Kind.COLON:
            self.at += 1
            self.takes_kind(*_LENGTHS)
        if not self.takes("]"):
            self.refuse("`]`")

    def instant(self) -> None:
        if self.takes("start", "end"):
            self.wants("(")
            self.wants(")")
            return
        self.takes("-", "+")
        if not self.takes_kind(*_LENGTHS):
            self.refuse("a time in seconds, `start()` or `end()`")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
