"""What an expression says: its type, the series it selects, the functions it calls, the labels it keeps."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, get_args

import promql_parser as ast

from monitorgen.promql.labels import Labels, is_vector, labels_of
from monitorgen.promql.pieces import Matcher, MatchOp
from monitorgen.promql.reading import read
from monitorgen.promql.syntax import PromqlError
from monitorgen.promql.words import COMPARISONS

__all__ = ["Parsed", "PromqlError", "Range", "Selected", "Type", "parse"]


class Type(StrEnum):
    """What an expression evaluates to."""

    SCALAR = "scalar"
    VECTOR = "vector"
    MATRIX = "matrix"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Selected:
    """The series one selector asks for. `metric` is empty when it names none by equality."""

    metric: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A `[...]`: its length and its step in seconds, and the function its samples go into (may be empty)."""

    window: float
    step: float | None
    subquery: bool
    function: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The facts of a valid expression. Selectors and ranges stand in the order of the text.

    `functions` holds the names of all functions and aggregations. `conditional` is True when the result
    can be empty although the selected series exist: when it compares, tests for absence, or filters.
    """

    text: str
    type: Type
    conditional: bool
    labels: Labels
    selectors: tuple[Selected, ...]
    functions: frozenset[str]
    ranges: tuple[Range, ...]


# Series that Prometheus itself makes exist only while an alert is active: to select them is a condition.
_CONDITIONAL_METRICS: Final = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_ALWAYS_THERE: Final = frozenset({"scalar", "vector", "time", "pi"})
_OPERATORS: Final[dict[str, MatchOp]] = {op: op for op in get_args(MatchOp)}
_OPERATOR_NAMES: Final = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@lru_cache(maxsize=16384)
def parse(text: str) -> Parsed | PromqlError:
    """The facts of `text`, or where and why it is not PromQL. Never raises; the same text costs once."""
    reading = read(text)
    if isinstance(reading, PromqlError):
        return reading
    expr = reading.expr
    facts = _Facts(reading.regexes)
    conditional = facts.visit(expr, "")
    return Parsed(
        text,
        _type(expr),
        conditional,
        labels_of(expr),
        tuple(facts.selectors),
        frozenset(facts.functions),
        tuple(facts.ranges),
    )


@dataclass(slots=True)
class _Facts:
    regexes: dict[str, str]
    selectors: list[Selected] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    ranges: list[Range] = field(default_factory=list)

    def visit(self, expr: Any, function: str) -> bool:
        """Collects what stands below `expr`; True when its result can be empty of existing series."""
        match expr:
            case ast.VectorSelector():
                return self._select(expr)
            case ast.MatrixSelector():
                conditional = self._select(expr.vector_selector)
                self.ranges.append(Range(expr.range.total_seconds(), None, False, function))
                return conditional
            case ast.SubqueryExpr():
                conditional = self.visit(expr.expr, "")
                window, step = expr.range, expr.step
                seconds = None if step is None else step.total_seconds()
                self.ranges.append(Range(window.total_seconds() if window else 0.0, seconds, True, function))
                return conditional
            case ast.ParenExpr() | ast.UnaryExpr():
                return self.visit(expr.expr, function)
            case ast.AggregateExpr():
                self.functions.add(str(expr.op))
                if expr.param is not None:
                    self.visit(expr.param, "")
                return self.visit(expr.expr, "")
            case ast.Call():
                name = expr.func.name
                self.functions.add(name)
                filters = [self.visit(arg, name) for arg in expr.args]
                return name.startswith("absent") or (name not in _ALWAYS_THERE and any(filters))
            case ast.BinaryExpr():
                return self._binary(expr)
            case _:
                return False

    def _binary(self, expr: Any) -> bool:
        left, right = self.visit(expr.lhs, ""), self.visit(expr.rhs, "")
        op = str(expr.op)
        if op in COMPARISONS:
            compares = expr.modifier is None or not expr.modifier.return_bool
            return compares or left or right
        if op == "or":
            return left and right
        return op in ("and", "unless") or left or right

    def _select(self, selector: Any) -> bool:
        matchers = tuple(
            Matcher(
                m.name,
                _OPERATORS[_OPERATOR_NAMES[str(m.op).rpartition(".")[2]]],
                self.regexes.get(m.value, m.value),
            )
            for m in selector.matchers.matchers
        )
        named = (m.value for m in matchers if m.name == "__name__" and m.op == "=")
        metric = selector.name or next(named, "")
        self.selectors.append(Selected(metric, matchers))
        return metric in _CONDITIONAL_METRICS


def _type(expr: Any) -> Type:
    while isinstance(expr, ast.ParenExpr):
        expr = expr.expr
    match expr:
        case ast.StringLiteral():
            return Type.STRING
        case ast.MatrixSelector() | ast.SubqueryExpr():
            return Type.MATRIX
        case _:
            return Type.VECTOR if is_vector(expr) else Type.SCALAR
