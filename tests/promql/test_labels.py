"""Which labels a result can carry: told from the AST, and seen in what the real engine returns."""

import re
from pathlib import Path

import pytest

from monitorgen.promql import Labels, Parsed, parse
from tests.promql.asking import results
from tests.support.servers import Generation

SERIES = {
    'x{a="1", b="2", job="api"}': "1+1x10",
    'x{a="1", b="3", job="api"}': "2+1x10",
    'y{a="1", c="4", job="api"}': "3+1x10",
    'h_bucket{a="1", le="1"}': "1+1x10",
    'h_bucket{a="1", le="+Inf"}': "1+2x10",
}
STORED = {"a", "b", "c", "job", "le"}

CASES = {
    "x": {"a", "b", "job"},
    "-x": {"a", "b", "job"},
    "sum(x)": set(),
    "sum by (a, missing) (x)": {"a"},
    "sum without (a) (x)": {"b", "job"},
    "sum by (a) (sum without (a) (x))": set(),
    "topk by (a) (1, x)": {"a", "b", "job"},
    'count_values by (a) ("value", x)': {"a", "value"},
    "quantile by (job) (0.5, x)": {"job"},
    "x * on (a) group_left (c) y": {"a", "b", "c", "job"},
    'x{b="2"} * on (a) group_left (b) y': {"a", "job"},
    "y * on (a) group_right (c) x": {"a", "b", "c", "job"},
    "y == on (job) y": {"job"},
    "y + ignoring (c) y": {"a", "job"},
    "y > bool 2": {"a", "c", "job"},
    "2 < y": {"a", "c", "job"},
    "time() - y": {"a", "c", "job"},
    "x and on (a) y": {"a", "b", "job"},
    "x unless on (b) y": {"a", "b", "job"},
    "sum by (b) (x) or y": {"a", "b", "c", "job"},
    'absent(x{a="9", b=~".+", c="1", c="2"})': {"a"},
    'absent((x{a="9"}))': {"a"},
    'absent_over_time(x{a="9"}[5m])': {"a"},
    'absent(sum(x{a="9"}))': set(),
    "rate(x[5m])": {"a", "b", "job"},
    "max_over_time(sum by (b) (x)[5m:1m])": {"b"},
    'label_replace(sum(x), "new", "$1", "job", ".*")': {"new"},
    'label_replace(sum by (job) (x), "new", "$1", "job", "(.*)")': {"job", "new"},
    'label_join(x, "both", "-", "a", "b")': {"a", "b", "both", "job"},
    "histogram_quantile(0.9, rate(h_bucket[5m]))": {"a"},
    "vector(1)": set(),
    "vector(scalar(sum(x)))": set(),
    "clamp_max(x, 1)": {"a", "b", "job"},
    "round(x, 5)": {"a", "b", "job"},
    "day_of_week(x)": {"a", "b", "job"},
    "day_of_week()": set(),
    "sort_desc(sum by (a) (x))": {"a"},
    "predict_linear(x[5m], 60)": {"a", "b", "job"},
}
# Here an answer "cannot" would be wrong for other series, so "can" is said although it is not seen.
UNSEEN = {
    'label_replace(sum(x), "new", "$1", "job", ".*")': {"new"},
    "sum by (a) (sum without (a) (x))": set[str](),
}


def labels(expression: str) -> Labels:
    parsed = parse(expression)
    assert isinstance(parsed, Parsed), parsed
    return parsed.labels


@pytest.mark.parametrize("expression", CASES)
def test_labels_that_can_be_there(expression: str) -> None:
    found = labels(expression)
    named = STORED | {"value", "both", "new", "missing"}
    # A selector keeps whatever the series have; what this series do not have is not its business.
    can = {n for n in named if found.can_carry(n)}
    expected = CASES[expression]
    if found.kept is None:
        assert expected <= can
    else:
        assert found.kept - {"missing"} == expected
        assert not found.dropped


def test_every_label_the_engine_returns_was_foretold(generation: Generation, tmp_path: Path) -> None:
    seen = results(generation, SERIES, CASES, tmp_path)
    assert set(CASES) - set(seen) == set(), "an expression without a result witnesses nothing"
    for expression, result in seen.items():
        returned = {n for n in re.findall(r'(\w+)="', result) if n != "__name__"}
        told = labels(expression)
        assert {n for n in returned if not told.can_carry(n)} == set(), expression
        assert CASES[expression] - UNSEEN.get(expression, set()) <= returned, expression
        if told.kept is None:
            assert not told.dropped & returned, expression


@pytest.mark.parametrize(
    ("expression", "dropped"),
    [
        ("sum without (pod, node) (x)", {"pod", "node"}),
        ("x + ignoring (pod) y", {"pod"}),
        ('x{env=""}', {"env"}),
        ('x{env=""} or y{env="", team=""}', {"env"}),
        ("histogram_quantile(0.5, x)", {"le"}),
        ('label_replace(sum without (pod) (x), "pod", "$1", "instance", "(.*)")', set()),
        ("x * on (a) group_left (team) sum by (a) (y)", {"team"}),
    ],
)
def test_labels_that_cannot_be_there(expression: str, dropped: set[str]) -> None:
    assert labels(expression).dropped == dropped
    assert not any(labels(expression).can_carry(n) for n in dropped)


def test_labels_the_expression_sets_itself() -> None:
    assert labels('count_values("version", build_info)').added == {"version"}
    assert labels("x * on (a) group_left (c) y").added == {"c"}
    assert labels("sum by (a) (x)").added == set()
