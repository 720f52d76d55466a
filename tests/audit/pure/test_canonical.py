"""Canonical JSON: the fast way equals the reference on everything in the profile; the rest is refused."""

import enum
import json
import uuid
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.canonical import (
    MAX_DEPTH,
    MAX_INTEGER,
    BadJson,
    NotCanonicalisable,
    canonical,
    fault_of,
    is_canonical,
    parse,
    parse_canonical,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# Keys around the point where UTF-8 and UTF-16 sort differently.
_KEYS = st.one_of(
    _TEXT,
    st.text(st.sampled_from('aB"\\\x00\x1f\x7f\u0080\ud7ff\ue000\uffff\U00010000\U0010ffff'), max_size=3),
)
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-MAX_INTEGER, MAX_INTEGER), _TEXT)
VALUES = st.recursive(
    _SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=5))
)


@given(VALUES)
def test_equal_to_the_reference_on_the_whole_profile(value: Any) -> None:
    body = canonical(value)
    assert body == rfc8785.dumps(value)
    assert is_canonical(body)
    assert parse_canonical(body) == value
    assert parse(body) == value
    assert fault_of(value) is None


@given(VALUES)
def test_any_other_layout_is_read_but_not_canonical(value: Any) -> None:
    loose = json.dumps(value, indent=1).encode()
    assert parse(loose) == value
    if loose != canonical(value):
        assert not is_canonical(loose)


def test_keys_are_sorted_by_utf16() -> None:
    # RFC 8785, section 3.2.3: the order of the published sample.
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(value))) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]
    by_utf8 = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    assert by_utf8 != canonical(value)
    assert not is_canonical(by_utf8)


class _Colour(enum.StrEnum):
    RED = "red"


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": {"b": [1, 0.5]}}, "a.b[1]: a number with a fraction"),
        (float("nan"), "a number with a fraction"),
        (float("inf"), "a number with a fraction"),
        ({"a": 2**53}, "a: an integer beyond"),
        ([-(2**53)], "[0]: an integer beyond"),
        ({"n": 2**70}, "n: an integer beyond"),
        ({1: "a"}, "the key 1 is no string"),
        ({"x": {None: 1}}, "x: the key None"),
        ({"a": "\ud800"}, "a: holds a lone surrogate"),
        ({"\udfff": 1}, "is no string of Unicode"),
        (["\ud83d\ude00"], "[0]: holds a lone surrogate"),
        ((1, 2), "a tuple is none of the types"),
        ({"a": b"x"}, "a: a bytes is none"),
        ({"a": _Colour.RED}, "a: a _Colour is none"),
        ({"a": uuid.UUID(int=0)}, "a: a UUID is none"),
        ({"a": Path("x")}, "is none of the types"),
        (_nested(MAX_DEPTH + 1), "more than 32 deep"),
        (_nested(100_000), "more than 32 deep"),
    ],
)
def test_outside_the_profile(value: Any, why: str) -> None:
    with pytest.raises(NotCanonicalisable) as caught:
        canonical(value)
    assert why in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_list_within_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotCanonicalisable, match="deep"):
        canonical(value)


def test_the_deepest_value_of_the_profile_is_taken() -> None:
    assert is_canonical(canonical(_nested(MAX_DEPTH)))
    assert not is_canonical(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u001F"',
        b"1.0",
        b"1e3",
        b"-0",
        b"0.5",
        b"[12345678901234567890]",
        b"9007199254740992",
        b"123456789012345678901234567890",
        b"",
        b"{",
        b"nul",
        b"NaN",
        b'"\xff"',
        b'"\\ud800"',
        b"\xef\xbb\xbf1",
        b"[" * 5000,
    ],
)
def test_not_canonical(body: bytes) -> None:
    assert not is_canonical(body)
    with pytest.raises(BadJson):
        parse_canonical(body)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a":{"k":1,"k":2}}', "'k' stands twice"),
        (b"1.5", "has a fraction"),
        (b"1E5", "has a fraction"),
        (b"NaN", "has a fraction"),
        (b"-Infinity", "has a fraction"),
        (b"9007199254740992", "beyond"),
        (b"1" * 10_000, "beyond"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"", "not JSON"),
        (b'{"a":}', "not JSON"),
        (b'"a\x00b"', "not JSON"),
        (b'{"a":"\\udc00"}', "lone surrogate"),
        (b"[" * 33 + b"]" * 33, "deep"),
        (b"[" * 400_000, "deep"),
        (b'{"a":' * 100_000, "deep"),
        (b" " * ((1 << 20) + 1), "at most 1048576"),
    ],
)
def test_untrusted_json_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(BadJson) as caught:
        parse(body)
    assert why in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_limit_of_size_can_be_set() -> None:
    assert parse(b"[1]", max_bytes=3) == [1]
    with pytest.raises(BadJson, match="4 bytes long"):
        parse(b"[1] ", max_bytes=3)
