"""The facts of an expression, and where its parts stand."""

import pytest

from monitorgen.promql import Parsed, places
from monitorgen.promql.analysis import Range, Type, parse
from monitorgen.promql.pieces import Matcher


def facts(text: str) -> Parsed:
    parsed = parse(text)
    assert isinstance(parsed, Parsed), parsed
    return parsed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 + 2", Type.SCALAR),
        ("-(time())", Type.SCALAR),
        ("scalar(x)", Type.SCALAR),
        ("1 > bool 2", Type.SCALAR),
        ("x", Type.VECTOR),
        ("1 + x", Type.VECTOR),
        ("vector(1)", Type.VECTOR),
        ("sum(x)", Type.VECTOR),
        ("(x[5m])", Type.MATRIX),
        ("x[5m:]", Type.MATRIX),
        ('("text")', Type.STRING),
    ],
)
def test_type(text: str, kind: Type) -> None:
    assert facts(text).type is kind


@pytest.mark.parametrize(
    ("text", "conditional"),
    [
        ("x", False),
        ("x > 5", True),
        ("5 < x", True),
        ("x > bool 5", False),
        ("sum(x > 5)", True),
        ("sum(x > bool 5) > 2", True),
        ("count_over_time((x > 5)[1h:])", True),
        ("absent(x)", True),
        ("absent_over_time(x[5m])", True),
        ("x and y", True),
        ("x unless y", True),
        ("x or y", False),
        ("x > 5 or y", False),
        ("x > 5 or y > 5", True),
        ("(x > 5) * y", True),
        ("scalar(x > 5) + y", False),
        ("vector(scalar(x > 5))", False),
        ("-x", False),
        ("topk(5, x)", False),
        ('ALERTS{alertname="Down"}', True),
        ("vector(1)", False),
    ],
)
def test_whether_the_result_can_be_empty(text: str, conditional: bool) -> None:
    assert facts(text).conditional is conditional


def test_selectors_and_their_matchers() -> None:
    found = facts(
        """up{job="api", code!~`5\\d+`} / on (job) {__name__="a.b", env=~"p\\"q"} + {"c.d"} + e"""
    ).selectors
    assert [s.metric for s in found] == ["up", "a.b", "c.d", "e"]
    assert found[0].matchers == (Matcher("job", "=", "api"), Matcher("code", "!~", "5\\d+"))
    assert found[1].matchers == (Matcher("__name__", "=", "a.b"), Matcher("env", "=~", 'p"q'))


def test_a_regex_that_rust_refuses_is_kept_as_it_is() -> None:
    found = facts(r"""x{a=~"\\Q(\\E", b=~"(?!c)", c=~"\\Q(\\E"}""").selectors[0]
    assert [m.value for m in found.matchers] == [r"\Q(\E", "(?!c)", r"\Q(\E"]


def test_functions_and_aggregations() -> None:
    assert facts("sum by (a) (rate(x[5m])) > topk(1, abs(y))").functions == {"sum", "rate", "topk", "abs"}
    assert facts("holt_winters(x[5m], 0.1, 0.1)").functions == {"holt_winters"}


def test_ranges_in_the_order_of_the_text() -> None:
    text = "max_over_time(rate(a[1m])[1h:30s]) + topk(scalar(sum_over_time(b[1d:])), increase((c[5m])))"
    assert facts(text).ranges == (
        Range(60, None, False, "rate"),
        Range(3600, 30, True, "max_over_time"),
        Range(86400, None, True, "sum_over_time"),
        Range(300, None, False, "increase"),
    )
    assert [text[a:b] for a, b in places.ranges(text)] == ["[1m]", "[1h:30s]", "[1d:]", "[5m]"]


def test_places_of_selectors_and_matchers() -> None:
    text = 'sum by (job) (rate(up{job="api", # why\n code=~`5..`}[5m])) / {job="x"} > start{} + end'
    found = places.selectors(text)
    assert [text[p.start : p.end] for p in found] == ["up", '{job="x"}', "start", "end"]
    assert [s.metric for s in facts(text).selectors] == ["up", "", "start", "end"]
    assert [text[m.value[0] : m.value[1]] for m in found[0].matchers] == ['"api"', "`5..`"]
    assert [text[m.name[0] : m.name[1]] for m in found[0].matchers] == ["job", "code"]


def test_places_of_functions() -> None:
    text = 'rate(rate{rate="rate"}[5m]) == RATE or SUM(rate(x[5m])) == 1 # rate('
    assert places.functions(text, "rate") == [(0, 4), (43, 47)]
    assert [text[a:b] for a, b in places.functions(text, "sum")] == ["SUM"]


@pytest.mark.parametrize("text", ["1_000 < x", "x > 1_000.5", "x[1_000]"])
def test_digit_separators_are_read(text: str) -> None:
    assert facts(text).selectors[0].metric == "x"
