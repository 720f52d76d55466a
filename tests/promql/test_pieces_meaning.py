"""Whatever is built from pieces, its text is read back as the same expression."""

import math
from pathlib import Path
from typing import Any

import promql_parser as ast
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitorgen.promql import PromqlError, parse
from monitorgen.promql.pieces import (
    Aggregate,
    Binary,
    Call,
    Expr,
    Matcher,
    Negative,
    Number,
    Selector,
    Subquery,
    Text,
    render,
)
from tests.promql.asking import refusals
from tests.support.servers import Generation

labels = st.sampled_from(["job", "instance", "le", "by", "on", "offset", "sum", "_x1", "bool"])
metrics = st.sampled_from(
    ["up", "node_load1", "a:b:rate5m", "sum", "by", "bool", "offset", "nan", "Inf", "x", "start"]
)
characters = st.characters(blacklist_categories=["Cs"])
seconds = st.integers(1, 10**8).map(lambda ms: ms / 1000)
offsets = st.none() | st.integers(-(10**8), 10**8).filter(bool).map(lambda ms: ms / 1000)
label_lists = st.lists(labels, max_size=3, unique=True).map(tuple)
numbers = st.floats(allow_nan=True, allow_infinity=True)
matchers = st.builds(
    Matcher, labels, st.sampled_from(["=", "!="]), st.text(characters, max_size=8)
) | st.builds(
    Matcher,
    labels,
    st.sampled_from(["=~", "!~"]),
    st.sampled_from(["", ".*", "a|b", "[0-9]{2}", "\\d+\\.x", "ü"]),
)
matcher_lists = st.lists(matchers, max_size=3).map(tuple)
selectors = st.builds(Selector, metrics, matcher_lists, st.none(), offsets)
windows = st.builds(Selector, metrics, matcher_lists, seconds, offsets)


def extend(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Expressions of vectors around `inner`."""
    ranges = windows | st.builds(Subquery, inner, seconds, st.none() | seconds, offsets)
    return st.one_of(
        st.builds(Call, st.sampled_from(["abs", "sort", "absent"]), st.tuples(inner)),
        st.builds(Call, st.sampled_from(["rate", "max_over_time", "changes"]), st.tuples(ranges)),
        st.builds(Call, st.just("clamp_max"), st.tuples(inner, st.builds(Number, numbers))),
        st.builds(
            Call,
            st.just("label_join"),
            st.tuples(
                inner,
                st.just(Text("dst")),
                st.builds(Text, st.text(characters, max_size=5)),
                st.just(Text("a")),
            ),
        ),
        st.builds(
            Aggregate, st.sampled_from(["sum", "max", "count"]), inner, label_lists, st.none(), st.none()
        ),
        st.builds(Aggregate, st.sampled_from(["sum", "avg"]), inner, st.none(), label_lists, st.none()),
        st.builds(
            Aggregate, st.just("topk"), inner, st.none() | label_lists, st.none(), st.builds(Number, numbers)
        ),
        st.builds(Negative, inner),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "%", "^", "atan2"]), inner, inner),
        st.builds(Binary, st.sampled_from(["+", "^", "<", "=="]), inner, st.builds(Number, numbers)),
        st.builds(Binary, st.sampled_from(["-", "^", ">"]), st.builds(Number, numbers), inner),
        st.builds(Binary, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner, st.booleans()),
        st.builds(
            Binary, st.sampled_from(["and", "or", "unless"]), inner, inner, st.just(False), label_lists
        ),
        st.builds(Binary, st.sampled_from(["*", "=="]), inner, inner, st.just(False), st.none(), label_lists),
        st.builds(
            Binary, st.just("*"), inner, inner, st.just(False), st.just(("job",)), st.none(), st.just(("le",))
        ),
    )


expressions: st.SearchStrategy[Expr] = st.recursive(selectors, extend, max_leaves=12)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(expressions)
def test_the_text_means_what_was_built(piece: Expr) -> None:
    tree: Any = ast.parse(render(piece))
    assert same(piece, tree), (render(piece), tree.prettify())
    assert not isinstance(parse(render(piece)), PromqlError)


@settings(
    max_examples=12,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
)
@given(pieces=st.lists(expressions, min_size=5, max_size=15))
def test_both_generations_of_promtool_read_it(
    pieces: list[Expr], generation: Generation, tmp_path: Path
) -> None:
    texts = [render(piece) for piece in pieces]
    assert dict(zip(texts, refusals(generation, texts, tmp_path), strict=True)) == dict.fromkeys(texts, "")


def same(piece: Expr, tree: Any) -> bool:
    """True when `tree`, brackets aside, is exactly what `piece` says."""
    while isinstance(tree, ast.ParenExpr):
        tree = tree.expr
    match piece:
        case Number(value):
            return same_number(value, tree)
        case Text(value):
            return isinstance(tree, ast.StringLiteral) and tree.val == value
        case Selector(window=None):
            return same_selector(piece, tree)
        case Selector():
            return bool(tree.range.total_seconds() == piece.window) and same_selector(
                piece, tree.vector_selector
            )
        case Call():
            return bool(tree.func.name == piece.func) and all_same(piece.args, tree.args)
        case Negative():
            return isinstance(tree, ast.UnaryExpr) and same(piece.expr, tree.expr)
        case Subquery():
            step = None if tree.step is None else tree.step.total_seconds()
            return bool(
                tree.range.total_seconds() == piece.window
                and step == piece.step
                and offset(tree) == (piece.offset or None)
                and same(piece.expr, tree.expr)
            )
        case Aggregate():
            grouped = (piece.by, piece.without)
            return bool(
                str(tree.op) == piece.op
                and grouping(tree.modifier) == grouped
                and (tree.param is None if piece.param is None else same(piece.param, tree.param))
                and same(piece.expr, tree.expr)
            )
        case Binary():
            return (
                str(tree.op) == piece.op
                and same(piece.left, tree.lhs)
                and same(piece.right, tree.rhs)
                and same_modifier(piece, tree.modifier)
            )
        case _:
            return False


def all_same(pieces: tuple[Expr, ...], trees: list[Any]) -> bool:
    return len(pieces) == len(trees) and all(same(p, t) for p, t in zip(pieces, trees, strict=True))


def same_number(value: float, tree: Any) -> bool:
    sign = 1.0
    while isinstance(tree, ast.UnaryExpr):
        sign, tree = -sign, tree.expr
    found = sign * tree.val
    return bool(math.isnan(value) and math.isnan(found)) or (
        found == value and math.copysign(1, found) == math.copysign(1, value)
    )


def same_selector(piece: Selector, tree: Any) -> bool:
    found = [(m.name, operator(m.op), m.value) for m in tree.matchers.matchers]
    wanted = [(m.name, m.op, m.value) for m in piece.matchers]
    if tree.name is None:
        wanted.insert(0, ("__name__", "=", piece.metric))
    named = tree.name in (None, piece.metric)
    return named and found == wanted and offset(tree) == (piece.offset or None)


def operator(op: Any) -> str:
    return {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}[str(op).rpartition(".")[2]]


def offset(tree: Any) -> float | None:
    return None if tree.offset is None else float(tree.offset.total_seconds())


def grouping(modifier: Any) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    if modifier is None:
        return None, None
    names = tuple(modifier.labels)
    return (names, None) if modifier.type == ast.AggModifierType.By else (None, names)


def same_modifier(piece: Binary, modifier: Any) -> bool:
    on = ignoring = left = None
    returns_bool = False
    if modifier is not None:
        returns_bool = modifier.return_bool
        if modifier.matching is not None:
            names = tuple(modifier.matching.labels)
            including = modifier.matching.type == ast.LabelModifierType.Include
            on, ignoring = (names, None) if including else (None, names)
        if modifier.card == ast.VectorMatchCardinality.ManyToOne:
            left = tuple(modifier.group_labels)
    wanted = (piece.bool, piece.on, piece.ignoring, piece.group_left)
    return (returns_bool, on, ignoring, left) == wanted
