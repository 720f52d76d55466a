"""The typed pieces the compiler builds PromQL from, and the text they become.

Rendering is deterministic, puts brackets only where precedence or a user's raw text needs them, and uses
nothing that Prometheus 2.42 does not understand (label names that need quotes are the one exception:
there is no other way to write them).
"""

import math
import re
from builtins import bool as _bool
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, TypeAlias, assert_never

from monitorgen.model.duration import format_duration
from monitorgen.model.frozen import frozen
from monitorgen.promql.words import KEYWORDS

__all__ = [
    "Aggregate",
    "Binary",
    "Call",
    "Expr",
    "Matcher",
    "Negative",
    "Number",
    "Raw",
    "Selector",
    "Subquery",
    "Text",
    "duration",
    "quoted",
    "render",
    "series_text",
]

MatchOp: TypeAlias = Literal["=", "!=", "=~", "!~"]


@frozen
class Matcher:
    """One label matcher. `value` is the label's value or an RE2 pattern, without quotes or escapes."""

    name: str
    op: MatchOp
    value: str


@frozen
class Selector:
    """Series by name and labels: an instant vector, or with `window` (seconds) a range of samples.

    An empty `metric` selects by matchers alone. `offset` is in seconds; a negative one looks forward.
    """

    metric: str
    matchers: tuple[Matcher, ...] = ()
    window: float | None = None
    offset: float | None = None


@frozen
class Number:
    """A scalar."""

    value: float


@frozen
class Text:
    """A string argument, as label_replace takes them."""

    value: str


@frozen
class Call:
    """A function call."""

    func: str
    args: tuple["Expr", ...] = ()


@frozen
class Aggregate:
    """`op by|without (labels) (param, expr)`. At most one of `by` and `without` is given."""

    op: str
    expr: "Expr"
    by: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None
    param: "Expr | None" = None


@frozen
class Binary:
    """Two operands and an operator; at most one of `on` and `ignoring`, of `group_left` and `group_right`."""

    op: str
    left: "Expr"
    right: "Expr"
    bool: _bool = False
    on: tuple[str, ...] | None = None
    ignoring: tuple[str, ...] | None = None
    group_left: tuple[str, ...] | None = None
    group_right: tuple[str, ...] | None = None


@frozen
class Negative:
    """The unary minus."""

    expr: "Expr"


@frozen
class Subquery:
    """An instant expression evaluated over a range: `expr[window:step]`. All times are in seconds."""

    expr: "Expr"
    window: float
    step: float | None = None
    offset: float | None = None


@frozen
class Raw:
    """A user's own PromQL: emitted verbatim, in brackets when it is part of something larger."""

    text: str


Expr: TypeAlias = Selector | Number | Text | Call | Aggregate | Binary | Negative | Subquery | Raw

_LEGACY_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_LEGACY_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

# From loosest to tightest, as in Prometheus's own grammar (promql/parser/generated_parser.y).
_LEVELS: Final = (
    ("or",),
    ("and", "unless"),
    ("==", "!=", "<=", "<", ">=", ">"),
    ("+", "-"),
    ("*", "/", "%", "atan2"),
    ("^",),
)
_LEVEL: Final = {op: level for level, ops in enumerate(_LEVELS) for op in ops}
_POWER: Final = _LEVEL["^"]
_UNARY: Final = _LEVEL["*"]
_ATOM: Final = len(_LEVELS)


def render(expr: Expr) -> str:
    """The PromQL text of `expr`. A `Raw` on its own comes out exactly as it was given."""
    return expr.text if isinstance(expr, Raw) else _render(expr)


def series_text(metric: str, labels: Iterable[tuple[str, str]]) -> str:
    """The PromQL text that selects the series `metric` with these labels, in the order given.

    The same as rendering a `Selector`, in a third of the time: unit tests name tens of thousands.
    """
    matchers = ", ".join([_matcher(name, "=", value) for name, value in labels])
    if not _is_plain(metric):
        name = _matcher("__name__", "=", metric)
        return f"{{{name}, {matchers}}}" if matchers else f"{{{name}}}"
    return f"{metric}{{{matchers}}}" if matchers else metric


def duration(seconds: float) -> str:
    """A length of time as Prometheus writes it: `5m`, `1h30m`, `250ms`.

    Takes seconds, to the millisecond. Raises ValueError for negative or infinite lengths and for what
    is finer than a millisecond, since no Prometheus duration can say those.
    """
    if not 0 <= seconds < math.inf or abs(round(seconds * 1000) - seconds * 1000) > 1e-3:
        raise ValueError(f"{seconds!r} seconds is not a Prometheus duration")
    return format_duration(seconds)


def quoted(text: str) -> str:
    """`text` as a double-quoted PromQL string; Unicode stands as it is, control characters are escaped."""
    return '"' + text.translate(_ESCAPES) + '"'


_ESCAPES: Final = {i: f"\\x{i:02x}" for i in (*range(0x20), 0x7F)} | {
    ord("\\"): "\\\\",
    ord('"'): '\\"',
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


def _render(expr: Expr) -> str:
    match expr:
        case Selector():
            return _selector(expr)
        case Number():
            return _number(expr.value)
        case Text():
            return quoted(expr.value)
        case Call():
            return f"{expr.func}({', '.join(_argument(a) for a in expr.args)})"
        case Aggregate():
            return _aggregate(expr)
        case Binary():
            return _binary(expr)
        case Negative():
            return "-" + _inside(expr.expr, _POWER)
        case Subquery():
            step = "" if expr.step is None else duration(expr.step)
            return f"{_inside(expr.expr, _ATOM)}[{duration(expr.window)}:{step}]{_offset(expr.offset)}"
        case Raw():
            return _bracketed(expr.text)
        case _:
            assert_never(expr)


def _level(expr: Expr) -> int:
    """How tightly the outermost operator of the rendered text binds."""
    match expr:
        case Binary():
            return _LEVEL[expr.op]
        case Negative():
            return _UNARY
        case Number(value) if math.copysign(1, value) < 0 and not math.isnan(value):
            return _UNARY
        case _:
            return _ATOM


def _inside(expr: Expr, least: int) -> str:
    text = _render(expr)
    return text if _level(expr) >= least else f"({text})"


def _argument(expr: Expr) -> str:
    # Between the brackets of a call a raw text needs none of its own, unless it ends in a comment.
    return _bracketed(expr.text) if isinstance(expr, Raw) and "#" in expr.text else render(expr)


def _bracketed(raw: str) -> str:
    # The line break keeps a trailing comment from swallowing the closing bracket.
    return f"({raw}\n)" if "#" in raw else f"({raw})"


def _selector(s: Selector) -> str:
    plain = _is_plain(s.metric)
    matchers = s.matchers if plain or not s.metric else (Matcher("__name__", "=", s.metric), *s.matchers)
    text = s.metric if plain else ""
    if matchers or not plain:
        text += "{" + ", ".join([_matcher(m.name, m.op, m.value) for m in matchers]) + "}"
    if s.window is not None:
        text += f"[{duration(s.window)}]"
    return text + _offset(s.offset)


# A spec says the same few labels and metrics thousands of times.
@lru_cache(maxsize=4096)
def _matcher(name: str, op: MatchOp, value: str) -> str:
    return f"{_label(name)}{op}{quoted(value)}"


@lru_cache(maxsize=4096)
def _is_plain(metric: str) -> bool:
    return _LEGACY_METRIC.fullmatch(metric) is not None and metric.lower() not in KEYWORDS


def _offset(seconds: float | None) -> str:
    if not seconds:
        return ""
    return f" offset {'-' if seconds < 0 else ''}{duration(abs(seconds))}"


def _label(name: str) -> str:
    return name if _LEGACY_LABEL.fullmatch(name) else quoted(name)


def _labels(names: Iterable[str]) -> str:
    return "(" + ", ".join(_label(n) for n in names) + ")"


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(float(value)).removesuffix(".0")


def _aggregate(a: Aggregate) -> str:
    grouping = ""
    if a.by is not None:
        grouping = f" by {_labels(a.by)} "
    elif a.without is not None:
        grouping = f" without {_labels(a.without)} "
    param = "" if a.param is None else f"{_argument(a.param)}, "
    return f"{a.op}{grouping}({param}{_argument(a.expr)})"


def _binary(b: Binary) -> str:
    level = _LEVEL[b.op]
    # Everything groups to the left but the power operator.
    left = _inside(b.left, level + 1 if level == _POWER else level)
    right = _inside(b.right, level if level == _POWER else level + 1)
    words = [left, b.op]
    if b.bool:
        words.append("bool")
    for word, labels in (("on", b.on), ("ignoring", b.ignoring)):
        if labels is not None:
            words.append(f"{word} {_labels(labels)}")
    for word, labels in (("group_left", b.group_left), ("group_right", b.group_right)):
        if labels is not None:
            words.append(f"{word} {_labels(labels)}")
    return " ".join((*words, right))
