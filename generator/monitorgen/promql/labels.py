"""Which labels the result of an expression can carry, from its AST alone.

The rules are Prometheus's own (promql/engine.go: aggregation, resultMetric; promql/functions.go). What the
stored series carry is not known here, so an answer is "cannot" (sure) or "can" (if the series have it).
The metric name is left aside: rules replace or drop it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import promql_parser as ast

__all__ = ["ANY", "NONE", "Labels", "is_vector", "labels_of"]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels a result can carry.

    `kept` is None when every label of the stored series may come through, save those in `dropped`;
    otherwise it is the whole list of what can be there and `dropped` is empty. `added` holds the labels
    among them that the expression itself sets (label_replace, count_values, group_left), whatever the
    stored series carry.
    """

    kept: frozenset[str] | None = None
    dropped: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()

    def can_carry(self, label: str) -> bool:
        """False only when no series of the result can have `label`."""
        return label in self.kept if self.kept is not None else label not in self.dropped

    def only(self, names: Iterable[str]) -> "Labels":
        """What is left when everything but `names` is removed."""
        kept = frozenset(n for n in names if self.can_carry(n))
        return Labels(kept, added=self.added & kept)

    def without(self, names: Iterable[str]) -> "Labels":
        """What is left when `names` are removed."""
        gone = frozenset(names)
        if self.kept is not None:
            return Labels(self.kept - gone, added=self.added - gone)
        return Labels(None, self.dropped | gone, self.added - gone)

    def plus(self, names: Iterable[str]) -> "Labels":
        """The same with `names` set by the expression."""
        new = frozenset(names)
        kept = None if self.kept is None else self.kept | new
        return Labels(kept, self.dropped - new, self.added | new)

    def either(self, other: "Labels") -> "Labels":
        """What series of one of two sets can carry."""
        added = self.added | other.added
        if self.kept is not None and other.kept is not None:
            return Labels(self.kept | other.kept, added=added)
        named = self.dropped | other.dropped
        dropped = frozenset(n for n in named if not self.can_carry(n) and not other.can_carry(n))
        return Labels(None, dropped, added)


ANY: Final = Labels()
NONE: Final = Labels(frozenset())

_BARE: Final = frozenset({"scalar", "vector", "time", "pi", "start", "end", "range", "step"})
_SELECTING: Final = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})


def labels_of(expr: Any) -> Labels:
    """The labels that the result of `expr`, a node of promql-parser's AST, can carry."""
    match expr:
        case ast.ParenExpr() | ast.UnaryExpr() | ast.SubqueryExpr():
            return labels_of(expr.expr)
        case ast.VectorSelector():
            return _selected(expr)
        case ast.MatrixSelector():
            return _selected(expr.vector_selector)
        case ast.AggregateExpr():
            return _aggregated(expr)
        case ast.BinaryExpr():
            return _combined(expr)
        case ast.Call():
            return _called(expr)
        case _:
            return NONE


def _selected(selector: Any) -> Labels:
    # A label that has to be empty is not there.
    empty = {m.name for m in selector.matchers.matchers if m.op == ast.MatchOp.Equal and not m.value}
    return Labels(None, frozenset(empty)) if empty else ANY


def _aggregated(expr: Any) -> Labels:
    inner = labels_of(expr.expr)
    op = str(expr.op)
    if op in _SELECTING:
        return inner
    modifier = expr.modifier
    if modifier is None:
        result = NONE
    elif modifier.type == ast.AggModifierType.By:
        result = inner.only(modifier.labels)
    else:
        result = inner.without(modifier.labels)
    if op == "count_values" and isinstance(expr.param, ast.StringLiteral):
        result = result.plus([expr.param.val])
    return result


def _combined(expr: Any) -> Labels:
    left, right = labels_of(expr.lhs), labels_of(expr.rhs)
    op = str(expr.op)
    if op in ("and", "unless"):
        return left
    if op == "or":
        return left.either(right)
    if not is_vector(expr.lhs):
        return right
    if not is_vector(expr.rhs):
        return left
    modifier = expr.modifier
    if modifier is None:
        return left
    included = modifier.group_labels or []
    if modifier.card == ast.VectorMatchCardinality.ManyToOne:
        return _grouped(left, right, included)
    if modifier.card == ast.VectorMatchCardinality.OneToMany:
        return _grouped(right, left, included)
    if modifier.matching is None:
        return left
    if modifier.matching.type == ast.LabelModifierType.Include:
        return left.only(modifier.matching.labels)
    return left.without(modifier.matching.labels)


def _grouped(many: Labels, one: Labels, included: Iterable[str]) -> Labels:
    # An included label is taken from the one side, and removed when it is not there.
    names = frozenset(included)
    return many.without(names).plus(n for n in names if one.can_carry(n))


def _called(expr: Any) -> Labels:
    name, args = expr.func.name, expr.args
    if name in _BARE:
        return NONE
    if name in ("absent", "absent_over_time"):
        return _absent(args[0])
    if name == "info":
        return ANY
    inner = next((labels_of(a) for a in args if is_vector(a)), NONE)
    match name:
        case "label_replace" | "label_join":
            return inner.plus([args[1].val]) if isinstance(args[1], ast.StringLiteral) else inner
        case "histogram_quantile":
            return inner.without(["le"])
        case "histogram_quantiles":
            return inner.without(["le"]).plus([a.val for a in args if isinstance(a, ast.StringLiteral)])
        case _:
            return inner


def _absent(arg: Any) -> Labels:
    """The labels absent() can make up: those the selector pins to one value."""
    selector = arg
    while isinstance(selector, ast.ParenExpr):
        selector = selector.expr
    if isinstance(selector, ast.MatrixSelector):
        selector = selector.vector_selector
    if not isinstance(selector, ast.VectorSelector):
        return NONE
    seen: set[str] = set()
    pinned: set[str] = set()
    for matcher in selector.matchers.matchers:
        if matcher.op == ast.MatchOp.Equal and matcher.value and matcher.name not in seen:
            pinned.add(matcher.name)
        else:
            pinned.discard(matcher.name)
        seen.add(matcher.name)
    return NONE.plus(pinned - {"__name__"})


def is_vector(expr: Any) -> bool:
    """True when `expr` has series: an instant vector or a range of one, not a scalar and not a string."""
    match expr:
        case ast.ParenExpr() | ast.UnaryExpr():
            return is_vector(expr.expr)
        case ast.NumberLiteral() | ast.StringLiteral():
            return False
        case ast.BinaryExpr():
            return is_vector(expr.lhs) or is_vector(expr.rhs)
        case ast.Call():
            return bool(expr.func.return_type == ast.ValueType.Vector)
        case _:
            return True
