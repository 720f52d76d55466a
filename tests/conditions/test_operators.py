"""The six comparisons: how they are spelled, and the values around the line that tests use."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from monitorgen.vocabulary.conditions.operators import OPERATORS, Operator

operator = TypeAdapter(Operator)
numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, word) for word in OPERATORS),
        (">", "above"),
        ("<", "below"),
        (">=", "at_least"),
        ("<=", "at_most"),
        ("==", "equals"),
        ("!=", "differs"),
        (" > ", "above"),
    ],
)
def test_words_and_signs_mean_the_same(written: str, meant: str) -> None:
    assert operator.validate_python(written) == meant


@pytest.mark.parametrize("written", ["", None])
def test_an_unquoted_sign_is_explained(written: str | None) -> None:
    # YAML reads `operator: >` as folded text without any lines.
    with pytest.raises(ValidationError) as caught:
        operator.validate_python(written)
    (error,) = caught.value.errors()
    assert error["type"] == "MG0208"
    assert "folded text" in error["ctx"]["hint"]


@pytest.mark.parametrize("written", ["over", "=", "=>", "ABOVE", 1])
def test_anything_else_is_refused_with_the_choices(written: object) -> None:
    with pytest.raises(ValidationError) as caught:
        operator.validate_python(written)
    (error,) = caught.value.errors()
    assert error["type"] == "MG0208"


@given(word=st.sampled_from(sorted(OPERATORS)), value=numbers, exact=st.booleans())
def test_one_value_is_quiet_and_one_fires_on_every_line(word: str, value: float, exact: bool) -> None:
    comparison = OPERATORS[word]
    around = comparison.around(value, exact=exact)
    assert around is not None
    quiet, firing = around
    assert not comparison.holds(quiet, value)
    assert comparison.holds(firing, value)
    near = abs(value) / 50 or 0.02
    assert all(abs(v - value) <= near for v in around)


@given(word=st.sampled_from(sorted(OPERATORS)), value=numbers)
def test_an_exact_test_stands_on_the_line_itself(word: str, value: float) -> None:
    around = OPERATORS[word].around(value, exact=True)
    assert around is not None
    assert value in around


@given(word=st.sampled_from(sorted(OPERATORS)), value=st.floats(-1e9, 1e9))
def test_what_is_never_below_zero_is_not_asked_to_be(word: str, value: float) -> None:
    around = OPERATORS[word].around(value, exact=False, lowest=0.0)
    assert around is None or min(around) >= 0
    decided = value < 0 or (value == 0 and word in ("below", "at_least"))
    assert (around is None) == decided


def test_nothing_is_above_the_largest_number() -> None:
    assert OPERATORS["above"].around(math.nextafter(math.inf, 0), exact=True) is None
