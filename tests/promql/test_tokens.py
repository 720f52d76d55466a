"""Tokens: what they are called, and that they are the text."""

from typing import Any

import promql_parser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitorgen.promql.pieces import quoted
from monitorgen.promql.tokens import Kind, string_value, tokenize


def named(text: str) -> str:
    """The tokens of `text` in one line: each with its kind."""
    return " ".join(f"{t.text}/{t.kind}" for t in tokenize(text))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (
            'sum by (job) (rate(a:b{code=~"5.."}[5m] offset -1h)) > 0.5',
            "sum/aggregation by/keyword (/bracket job/label )/bracket (/bracket rate/function (/bracket "
            'a:b/metric {/bracket code/label =~/operator "5.."/string }/bracket [/bracket 5m/duration '
            "]/bracket offset/keyword -/operator 1h/duration )/bracket )/bracket >/operator 0.5/number",
        ),
        (
            "a == bool on () group_left b",
            "a/metric ==/operator bool/keyword on/keyword (/bracket )/bracket group_left/keyword b/metric",
        ),
        ("x[1h:5m]", "x/metric [/bracket 1h/duration :/colon 5m/duration ]/bracket"),
        ("x[1h:]", "x/metric [/bracket 1h/duration :/colon ]/bracket"),
        ("x @ start()", "x/metric @/operator start/keyword (/bracket )/bracket"),
        (
            "sum(x) by (sum)",
            "sum/aggregation (/bracket x/metric )/bracket by/keyword (/bracket sum/label )/bracket",
        ),
        (
            "sum + sum{by=''}",
            "sum/metric +/operator sum/metric {/bracket by/label =/operator ''/string }/bracket",
        ),
        ("x AND y unless z", "x/metric AND/operator y/metric unless/operator z/metric"),
        (
            "Inf -NaN 0x1F 1e-3 .5 1_000",
            "Inf/number -/operator NaN/number 0x1F/number 1e-3/number .5/number 1_000/number",
        ),
        ("1h30m 5mx 1.2.3", "1h30m/duration 5mx/error 1.2.3/error"),
        ("rate # why\n (x)", "rate/function # why/comment (/bracket x/metric )/bracket"),
        (
            "sum # a\n by (b) (c)",
            "sum/aggregation # a/comment by/keyword (/bracket b/label )/bracket (/bracket c/metric )/bracket",
        ),
        ("'a\\'b' \"c\" `d\\`", "'a\\'b'/string \"c\"/string `d\\`/string"),
        ('x{a="b', 'x/metric {/bracket a/label =/operator "b/error'),
        ("`never closed\n", "`never closed\n/error"),
        ("${w} $", "$/error {/bracket w/label }/bracket $/error"),
        ("a\u00a0b", "a/metric \u00a0/error b/metric"),
        ("", ""),
    ],
)
def test_kinds(text: str, tokens: str) -> None:
    assert named(text) == tokens


@given(st.text() | st.text(alphabet="ab_:0159.emsh\"'`\\#{}[]()=~!<>+-*/%^@, \n\tofsetby", max_size=60))
@example("[" * 50 + "]" * 60)
def test_the_tokens_and_the_blanks_between_are_the_whole_text(text: str) -> None:
    position = 0
    for token in tokenize(text):
        assert token.text == text[token.start : token.end] != ""
        assert text[position : token.start].strip(" \t\r\n") == ""
        position = token.end
    assert text[position:].strip(" \t\r\n") == ""


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_a_string_says_what_was_quoted(text: str) -> None:
    literal = quoted(text)
    assert string_value(literal) == text
    assert [t.kind for t in tokenize(literal)] == [Kind.STRING]
    read: Any = promql_parser.parse(literal)
    assert read.val == text


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"\x41\101\u00e9\U0001f4a5"', "AAé💥"),
        (r'"\xc3\xa9"', "é"),
        (r'"\a\b\f\n\r\t\v\\\""', '\a\b\f\n\r\t\v\\"'),
        (r"'it\'s'", "it's"),
        (r"`\d+\n`", r"\d+\n"),
        (r'"wrong \q stays"', r"wrong \q stays"),
        (r'"\U00110000"', r"\U00110000"),
    ],
)
def test_escapes(literal: str, value: str) -> None:
    assert string_value(literal) == value


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    # Each of these made a first version quadratic; at this length that would be minutes.
    for text in ("a " * 50_000, '"' * 50_000, "#" * 50_000, "{" * 50_000, "sum # x\n" * 25_000):
        assert sum(len(t.text) for t in tokenize(text)) <= len(text)
