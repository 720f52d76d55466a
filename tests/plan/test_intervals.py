"""How long is too long: durations nobody means, and rules evaluated too rarely for what they make."""

import pytest

from monitorgen.cli.pipeline import compile_spec
from monitorgen.source.tree import load_text

SPEC = """\
organization: acme
teams: {ops: {notify: {default: [hook]}}}
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
services:
  shop:
    team: ops
    alerts:
      full:
        condition: {type: threshold, metric: q, operator: above, value: 1, function: avg, window: 5m}
        severity: low
        description: Too many
"""
FOR = "        for: 15m\n"
RARELY = "team: ops\n    evaluation_interval: 10m\n"
RECORDED = "    recordings: {a:b: {expr: sum(c)}}\n"


def found(text: str) -> list[tuple[str, str, int]]:
    diagnostics = compile_spec(load_text(text)).diagnostics
    return [(d.code, d.message, d.span.line if d.span else 0) for d in diagnostics]


@pytest.mark.parametrize("length", ["9223372036", "292y", "2y", "366d", "31536001", "8761h", "53w"])
def test_nothing_takes_longer_than_a_year(length: str) -> None:
    said = [("MG0203", f"`{length}` is longer than a year", 12)]
    assert found(f"{SPEC}        for: {length}\n") == said
    assert found(SPEC.replace("window: 5m", f"window: {length}")) == [(*said[0][:2], 9)]


@pytest.mark.parametrize("length", ["1y", "365d", "31536000", "52w"])
def test_a_year_is_taken(length: str) -> None:
    assert found(f"{SPEC}        for: {length}\n") == []


GONE = "what rules make is gone 5m after each evaluation, and the next comes after 10m"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SPEC.replace("team: ops\n", RARELY) + FOR, 7),
        (SPEC.replace("team: ops\n", RARELY) + RECORDED, 7),
        (f"{SPEC}{FOR}defaults: {{evaluation_interval: 10m}}\n", 13),
        (f"{SPEC}defaults: {{evaluation_interval: 10m, for: 15m}}\n", 12),
    ],
    ids=["for", "recording", "by default", "for by default"],
)
def test_rules_that_make_series_are_evaluated_before_these_are_gone(text: str, line: int) -> None:
    assert found(text) == [("MG0325", GONE, line)]


def test_an_interval_by_default_is_told_once() -> None:
    more = "  till: {team: ops, recordings: {d:e: {expr: sum(f)}}}\n"
    text = f"{SPEC}{FOR}{more}defaults: {{evaluation_interval: 10m}}\n"
    assert found(text) == [("MG0325", GONE, 14)]


@pytest.mark.parametrize(
    "text",
    [
        SPEC.replace("team: ops\n", RARELY),
        SPEC.replace("team: ops\n", RARELY.replace("10m", "5m")) + FOR,
        SPEC.replace("team: ops\n", RARELY.replace("10m", "1m"))
        + FOR
        + "defaults: {evaluation_interval: 10m}\n",
    ],
    ids=["nothing looks at it", "five minutes", "not by default"],
)
def test_rules_that_may_be_evaluated_so_rarely(text: str) -> None:
    assert found(text) == []
