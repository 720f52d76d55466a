"""No text, however strange, ends the process, takes long or prints a panic."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitorgen.promql import Parsed, PromqlError, parse
from monitorgen.promql.syntax import first_error


@pytest.mark.parametrize("size", [201, 50_000])
@pytest.mark.parametrize(
    "shape",
    [
        lambda n: "(" * n + "x" + ")" * n,
        lambda n: "(" * n,
        lambda n: "-" * n + "x",
        lambda n: "x" + " + x" * n,
        lambda n: "x" + " or x" * n,
        lambda n: "sum(" * n + "x" + ")" * n,
        lambda n: "x" + " ^ x" * n,
        lambda n: "(x + " * n + "x" + ")" * n,
    ],
)
def test_what_nests_too_deep_is_refused(shape: Callable[[int], str], size: int) -> None:
    found = parse(shape(size))
    assert isinstance(found, PromqlError)
    assert "nests too deep" in found.message
    assert 0 < found.end - found.start < 5


@pytest.mark.parametrize(
    "text",
    [
        "(" * 90 + "x" + ")" * 90,
        "x" + " + x" * 190,
        " or ".join(f'(x{{job="j{i}"}} > {i})' for i in range(90)),
        "sum(" + "x + " * 150 + "x) > 1",
        'x{a="' + "(+-*" * 1000 + '"}',
    ],
)
def test_what_a_generated_expression_may_need_is_read(text: str) -> None:
    assert isinstance(parse(text), Parsed)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("rate(x[1e30])", "1e30"),
        ("rate(x[9223372037])", "9223372037"),
        ("x offset -1e30", "1e30"),
        ("rate(x[300y])", "300y"),
        ("rate(x[5m:99999999999999999999d])", "99999999999999999999d"),
        ("rate(x[0])", "0"),
        ("rate(x[5m:0s])", "0s"),
        ("x offset -0s", "0s"),
    ],
)
def test_lengths_no_server_takes(text: str, place: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = parse(text)
    assert isinstance(found, PromqlError)
    assert text[found.start : found.end] == place
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("text", ["x + 1e300", "x > 99999999999", "x - 1e30 > 0", "x == 1e-30"])
def test_large_numbers_are_no_lengths(text: str) -> None:
    assert isinstance(parse(text), Parsed)


WORDS = st.sampled_from(
    """
    sum rate( ) ( [ ] { } x up "a" =~ == > bool by on ignoring group_left offset 5m 1e30 , @ # - + ^ or and
    absent( $ ' ` \\ start() fill( 0 ! = y{ ="b" [5m] [5m:] [5m:1m] 0x 1_0 é \u00a0 \x00 \ud800 {a="b"} sum(x)
    """.split(" ")  # noqa: SIM905 - as a list these would fill the page
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(WORDS, max_size=25).map(" ".join)
    | st.lists(WORDS, max_size=12).map("".join)
    | st.text(max_size=40)
)
@example("x{a='\ud800'}")
@example('x{"a"="b" or c="d"}')
def test_any_text_gives_facts_or_a_place(text: str) -> None:
    found = parse(text)
    if isinstance(found, PromqlError):
        assert found.message
        assert 0 <= found.start <= found.end <= len(text)
    elif not {"and", "or", "unless"} & {selected.metric.lower() for selected in found.selectors}:
        # Metrics of those names are legal, and more often a slip that is worth pointing at.
        assert first_error(text) is None, "the grammar walk refuses what is valid"
