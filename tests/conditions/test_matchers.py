"""`where:`: what it selects, the label values that satisfy it and those it turns away."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitorgen.promql.pieces import Matcher
from monitorgen.vocabulary.matchers import Where, contrary, matchers, sample_labels
from monitorgen.vocabulary.re2 import literal, sample

where: TypeAdapter[Where] = TypeAdapter(Where)


def read(**conditions: object) -> tuple[Matcher, ...]:
    return matchers(where.validate_python(conditions))


def test_each_spelling_is_a_matcher() -> None:
    assert read(b="GET", a="!=x", c="=~5..", d="!~4..", e="=y", f=["one"], g=["a.b", "c|d"], h="") == (
        Matcher("a", "!=", "x"),
        Matcher("b", "=", "GET"),
        Matcher("c", "=~", "5.."),
        Matcher("d", "!~", "4.."),
        Matcher("e", "=", "y"),
        Matcher("f", "=", "one"),
        Matcher("g", "=~", r"a\.b|c\|d"),
        Matcher("h", "=", ""),
    )


@pytest.mark.parametrize("wrong", ["=~(", "!~[a", "=~a{2000}", "=~(?=x)", [], [1], None, {"a": "b"}])
def test_what_cannot_match_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        read(code=wrong)


@pytest.mark.parametrize(
    "pattern",
    [
        *("5..", "prod|staging", "web-.*", "(a|b)-[0-9]+", r"\d+", "^x$", ".*foo.*", r"[^:]+:\d{4}"),
        *("web-(a|b)-c", "(?i)get|post", "(?:a|b)?c", "[]]", "[^a-z]+", "a{2,3}", ".+", r"x\.y", "é+"),
        *("(?P<name>a)b", ".*?", "[a-c]{0,2}", "a|", "/api/v[12]/.*", "[^a0_/.: AzZ9-]"),
    ],
)
def test_usual_patterns_have_a_sample(pattern: str) -> None:
    assert sample(pattern)


@pytest.mark.parametrize("pattern", ["(", "(x+)+", "(a|aa)+", "[[:alpha:]]+", r"\Qa.b\E", r"\pL", "a" * 300])
def test_patterns_that_are_too_clever_have_none(pattern: str) -> None:
    assert sample(pattern) is None


@given(st.text("ab01.-|*+?()[]{}^$\\dw:", max_size=12))
def test_a_sample_is_never_a_guess(pattern: str) -> None:
    found = sample(pattern)
    if found is not None:
        assert re.fullmatch(pattern, found)


@given(st.text())
def test_a_literal_matches_its_text_and_no_other(text: str) -> None:
    assert re.fullmatch(literal(text), text)
    assert not re.fullmatch(literal(text), text + "x")


CONDITIONS = st.one_of(
    st.builds(Matcher, st.just("code"), st.sampled_from(["=", "!="]), st.text(max_size=6)),
    st.builds(
        Matcher,
        st.just("code"),
        st.sampled_from(["=~", "!~"]),
        st.sampled_from(["5..", "a|b", ".+", "", "x?", "[0-9]+", "other|another|0|-"]),
    ),
)


def accepts(matcher: Matcher, value: str) -> bool:
    if matcher.op in ("=", "!="):
        return (value == matcher.value) == (matcher.op == "=")
    return (re.fullmatch(matcher.value, value) is not None) == (matcher.op == "=~")


@given(CONDITIONS)
def test_samples_are_accepted_and_strays_turned_away(matcher: Matcher) -> None:
    labels = sample_labels((matcher,))
    assert labels is None or accepts(matcher, labels["code"])
    stray = contrary(matcher)
    assume(stray is not None)
    assert stray is not None
    assert not accepts(matcher, stray)


def test_one_matcher_without_a_sample_means_no_labels() -> None:
    assert sample_labels(read(a="x", b="=~(x+)+")) is None
