"""The text that each piece becomes."""

import math

import pytest

from monitorgen.promql.pieces import (
    Aggregate,
    Binary,
    Call,
    Expr,
    Matcher,
    Negative,
    Number,
    Raw,
    Selector,
    Subquery,
    Text,
    duration,
    quoted,
    render,
)

X, Y = Selector("x"), Selector("y")


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        (Selector("up"), "up"),
        (Selector("level:metric:sum"), "level:metric:sum"),
        (
            Selector("up", (Matcher("job", "=", "api"), Matcher("code", "!~", "4.."))),
            'up{job="api", code!~"4.."}',
        ),
        (Selector("", (Matcher("job", "=~", "a|b"),)), '{job=~"a|b"}'),
        (Selector("up", (), 300), "up[5m]"),
        (Selector("up", (), 90, 3600), "up[1m30s] offset 1h"),
        (Selector("up", offset=-60), "up offset -1m"),
        (Selector("up", offset=0), "up"),
        (Selector("sum"), '{__name__="sum"}'),
        (Selector("http.requests"), '{__name__="http.requests"}'),
        (Selector("up", (Matcher("k8s.pod", "=", "a"),)), 'up{"k8s.pod"="a"}'),
        (Selector("up", (Matcher("path", "=", 'C:\\new\n"ü\x00"'),)), 'up{path="C:\\\\new\\n\\"ü\\x00\\""}'),
        (Number(5), "5"),
        (Number(0.05), "0.05"),
        (Number(-2), "-2"),
        (Number(1e300), "1e+300"),
        (Number(1e15), "1000000000000000"),
        (Number(0.1 + 0.2), "0.30000000000000004"),
        (Number(math.inf), "Inf"),
        (Number(-math.inf), "-Inf"),
        (Number(math.nan), "NaN"),
        (Text('say "hi"'), '"say \\"hi\\""'),
        (Call("time"), "time()"),
        (Call("clamp", (X, Number(0), Number(1))), "clamp(x, 0, 1)"),
        (Aggregate("sum", X), "sum(x)"),
        (Aggregate("sum", X, by=("a", "b")), "sum by (a, b) (x)"),
        (Aggregate("sum", X, by=()), "sum by () (x)"),
        (Aggregate("max", X, without=("pod",)), "max without (pod) (x)"),
        (Aggregate("topk", X, by=("a",), param=Number(3)), "topk by (a) (3, x)"),
        (Binary(">", X, Number(5)), "x > 5"),
        (Binary("==", X, Y, bool=True, on=("a",)), "x == bool on (a) y"),
        (Binary("*", X, Y, on=("a",), group_left=("c",)), "x * on (a) group_left (c) y"),
        (Binary("*", X, Y, on=("a",), group_left=()), "x * on (a) group_left () y"),
        (Binary("-", X, Y, ignoring=("a",), group_right=()), "x - ignoring (a) group_right () y"),
        (Binary("-", Binary("-", X, Y), X), "x - y - x"),
        (Binary("-", X, Binary("-", Y, X)), "x - (y - x)"),
        (Binary("^", Binary("^", X, Y), X), "(x ^ y) ^ x"),
        (Binary("^", X, Binary("^", Y, X)), "x ^ y ^ x"),
        (Binary("^", Number(-1), X), "(-1) ^ x"),
        (Binary("*", Binary("+", X, Y), X), "(x + y) * x"),
        (Binary("+", Binary("*", X, Y), X), "x * y + x"),
        (Binary(">", Binary("/", X, Y), Number(0.5)), "x / y > 0.5"),
        (Binary("or", Binary("and", X, Y), Binary("unless", X, Y)), "x and y or x unless y"),
        (Binary("and", Binary("or", X, Y), X), "(x or y) and x"),
        (Binary("-", Number(1), Number(-2)), "1 - -2"),
        (Negative(X), "-x"),
        (Negative(Binary("^", X, Y)), "-x ^ y"),
        (Negative(Binary("*", X, Y)), "-(x * y)"),
        (Negative(Binary("+", X, Y)), "-(x + y)"),
        (Binary("^", Negative(X), Y), "(-x) ^ y"),
        (Subquery(X, 3600, 60), "x[1h:1m]"),
        (Subquery(Binary("/", X, Y), 3600), "(x / y)[1h:]"),
        (Subquery(Negative(X), 3600, offset=60), "(-x)[1h:] offset 1m"),
        (Raw(" x >\n 5"), " x >\n 5"),
        (Binary("and", Raw("x > 5"), Y), "(x > 5) and y"),
        (Call("abs", (Raw("x or y"),)), "abs(x or y)"),
        (Binary("and", Raw("x # why"), Y), "(x # why\n) and y"),
        (Call("abs", (Raw("x # why"),)), "abs((x # why\n))"),
    ],
)
def test_rendering(piece: Expr, text: str) -> None:
    assert render(piece) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (30, "30s"),
        (300, "5m"),
        (5400, "1h30m"),
        (2592000, "30d"),
        (0.25, "250ms"),
        (90.5, "1m30s500ms"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan, 0.0001, 1.00049])
def test_what_is_no_duration_is_a_broken_program(seconds: float) -> None:
    with pytest.raises(ValueError, match="is not a Prometheus duration"):
        duration(seconds)


def test_quoting_keeps_what_people_read() -> None:
    assert quoted("größer → 5 💥") == '"größer → 5 💥"'
    assert quoted("\t\r\n\x7f") == '"\\t\\r\\n\\x7f"'
