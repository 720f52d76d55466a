"""Patterns that the receiver runs itself: what they can begin with and hold is never guessed too low."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitorgen.vocabulary.patterns import RunPattern, can_begin_with, can_hold

PATTERNS: TypeAdapter[Any] = TypeAdapter(RunPattern)


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        ("", False),
        ("-", True),
        ("a-", False),
        (".", True),
        (".*", True),
        ("a.*", False),
        ("a?-", True),
        ("a*-b", True),
        ("a{0,3}-", True),
        ("a{1,3}-", False),
        ("a+-", False),
        ("(a|-)b", True),
        ("(?:a|b)-", False),
        ("(a)?-", True),
        ("a|b|-c", True),
        ("^-", True),
        ("^a-$", False),
        ("[a-z-]+", True),
        ("[a-z]+[-a]", False),
        ("[^a-z]", True),
        ("[^-]", False),
        (r"\-x", True),
        (r"\x2d", True),
        (r"\W", True),
        (r"\w-", False),
        (r"\b-", True),
        ("(?P<name>-)", True),
        ("[]-]", True),
        (r"[\]a]", False),
    ],
)
def test_whether_a_value_can_begin_with_a_dash(pattern: str, begins: bool) -> None:
    assert can_begin_with(pattern, "-") is begins


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        ("[a-z]+", False),
        (".*", False),
        (r"\s", True),
        (r"a\s*b", True),
        ("[^-]", True),
        ("[^-\n]", False),
        (r"\n", True),
        (r"a(b|\x0a)c", True),
        (r"[\s]", True),
        (r"\W", True),
        ("a$", False),
    ],
)
def test_whether_a_value_can_hold_a_newline(pattern: str, holds: bool) -> None:
    assert can_hold(pattern, "\n") is holds


ATOMS = st.sampled_from(
    ["a", "-", "b", ".", r"\n", r"\s", r"\w", r"\W", r"\d", r"\-", "[a-]", "[^-]", "[^a]", r"[\n-]", r"\x2d"]
)


@st.composite
def patterns(draw: st.DrawFn, depth: int = 2) -> str:
    """A pattern of a few pieces, some of them repeated, some of them groups."""
    alternatives = []
    for _ in range(draw(st.integers(1, 2))):
        pieces = []
        for _ in range(draw(st.integers(0, 3))):
            inner = draw(patterns(depth - 1)) if depth and draw(st.booleans()) else None
            piece = draw(ATOMS) if inner is None else f"({inner})"
            pieces.append(piece + draw(st.sampled_from(["", "", "?", "*", "+", "{0,2}", "{2}"])))
        alternatives.append("".join(pieces))
    return "|".join(alternatives)


@given(patterns(), st.data())
def test_no_text_that_matches_says_otherwise(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    assert re.fullmatch(pattern, text, re.ASCII)
    for character in ("-", "\n"):
        if text.startswith(character):
            assert can_begin_with(pattern, character)
        if character in text:
            assert can_hold(pattern, character)


@pytest.mark.parametrize(
    "pattern", ["[a-z0-9][a-z0-9-]{0,40}", r"\d+", "a|b", "(?:a|b)c", r"\(\?i\)", "(?P<n>a)"]
)
def test_what_is_taken(pattern: str) -> None:
    assert PATTERNS.validate_python(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[a", "never closed"),
        ("(a", "never closed"),
        ("(?!-)a", "no lookahead"),
        (r"\Aa\Z", r"no `\Z`"),
        ("(?i)a", "no flags"),
        ("(?i:a)", "no flags"),
        ("(?s:.)", "no flags"),
        ("(a+)+", "could take for ever"),
        ("(a|b)*", "could take for ever"),
        ("[[:alpha:]]", "same to every engine"),
        (r"\pL", "same to every engine"),
        ("a" * 201, "same to every engine"),
    ],
)
def test_what_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        PATTERNS.validate_python(pattern)
