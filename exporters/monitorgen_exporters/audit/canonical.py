"""One encoding for each JSON value: RFC 8785 (JSON Canonicalization Scheme) over a narrow profile.

The profile holds strings, integers within +-(2**53 - 1), booleans, null, lists and objects, nested at most
`MAX_DEPTH` deep. Numbers with a fraction are outside it (measured values travel as strings), because the text
of a float is where two encoders differ first.

Why orjson may do the work: RFC 8785 wants no blanks, the shortest escapes, raw UTF-8 and keys sorted by their
UTF-16 code units (section 3.2). orjson's sorted output differs from that in two points only: the text of
floats, which the profile has not, and the order of keys, which it sorts by UTF-8 bytes. The two orders part
only where a character above U+FFFF (four bytes of UTF-8, lead byte F0 to F4) meets one of U+E000 to U+FFFF.
A text with such a lead byte goes to `rfc8785`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias

import orjson
import rfc8785

__all__ = [
    "MAX_DEPTH",
    "MAX_INTEGER",
    "BadJson",
    "Json",
    "NotCanonicalisable",
    "canonical",
    "canonical_around",
    "fault_of",
    "is_canonical",
    "parse",
    "parse_canonical",
]

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

MAX_DEPTH = 32
"""Most levels of lists and objects within each other."""

MAX_INTEGER = 2**53 - 1
"""Largest integer every JSON reader keeps exactly (RFC 7493, section 2.2)."""

_MAX_BYTES = 1 << 20

# Subclasses, dataclasses and dates would be written as something they are not; orjson has to refuse them.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_ABOVE_BMP = re.compile(rb"[\xf0-\xf4]").search
_SURROGATE = re.compile("[\ud800-\udfff]").search


class NotCanonicalisable(ValueError):  # noqa: N818 (says what the value is)
    """The value lies outside the profile; the text says where and why."""


class BadJson(ValueError):  # noqa: N818 (says what the text is)
    """The text is no JSON of the profile, or too long, or not in its canonical form."""


def canonical(value: Json | Mapping[str, Json]) -> bytes:
    """The one canonical text of a value, as UTF-8.

    Only the plain types of `Json` are taken: tuples, enumerations and other subclasses are refused.

    Raises:
        NotCanonicalisable: for anything outside the profile, with its path.
    """
    if not _fits(value, MAX_DEPTH):
        _refuse(value)
    return _written(value)


def canonical_around(value: dict[str, Json], part: Json) -> bytes:
    """As `canonical`, for an object of which all but its value `part` is known to lie in the profile."""
    if not _fits(part, MAX_DEPTH - 1):
        _refuse(value)
    return _written(value)


def _written(value: Json | Mapping[str, Json]) -> bytes:
    try:
        body = orjson.dumps(value, option=_OPTIONS)
    except (TypeError, RecursionError):
        # A key that is no string, a lone surrogate, or lists within each other without end.
        _refuse(value)
    return body if body.isascii() or not _ABOVE_BMP(body) else rfc8785.dumps(value)


def parse(body: bytes, *, max_bytes: int = _MAX_BYTES) -> Json:
    """The value of a JSON text from outside, of any layout.

    Raises:
        BadJson: if the text is longer than `max_bytes`, no JSON in UTF-8, has one key twice in an object, or
            holds a value outside the profile.
    """
    if len(body) > max_bytes:
        raise BadJson(f"{len(body)} bytes long; at most {max_bytes} are read")
    try:
        value: Json = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except BadJson:
        raise
    except UnicodeDecodeError as fault:
        raise BadJson(f"not UTF-8 at byte {fault.start}") from None
    except RecursionError:
        raise BadJson(f"lists and objects lie more than {MAX_DEPTH} deep in each other") from None
    except ValueError as fault:
        raise BadJson(f"not JSON: {fault}") from None
    if (fault_found := fault_of(value)) is not None:
        raise BadJson(fault_found)
    return value


def parse_canonical(body: bytes) -> Json:
    """The value of a text that is in canonical form, byte for byte.

    Raises:
        BadJson: if the text is not the canonical form of a value of the profile. A key that stands twice, a
            blank, another order of keys or another escape are all found by this, since a value has one form.
    """
    try:
        value: Json = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadJson(f"not JSON: {fault}") from None
    try:
        if canonical(value) == body:
            return value
    except NotCanonicalisable as fault:
        raise BadJson(str(fault)) from None
    raise BadJson("the text is JSON, but not in its canonical form (RFC 8785)")


def is_canonical(body: bytes) -> bool:
    """Whether a text is the canonical form of a value of the profile."""
    try:
        parse_canonical(body)
    except BadJson:
        return False
    return True


def fault_of(value: object) -> str | None:
    """What puts a value outside the profile, with its path, or None if nothing does."""
    waiting: list[tuple[object, str, int]] = [(value, "", 1)]
    while waiting:
        item, path, depth = waiting.pop()
        kind = type(item)
        at = f"{path}: " if path else ""
        if kind is str:
            if _SURROGATE(item):  # type: ignore[call-overload]
                return f"{at}holds a lone surrogate, which has no UTF-8"
        elif kind is int:
            if not -MAX_INTEGER <= item <= MAX_INTEGER:  # type: ignore[operator]
                return f"{at}an integer beyond +-(2^53 - 1); write it as a string"
        elif kind is float:
            return f"{at}a number with a fraction or exponent; write measured values as strings"
        elif isinstance(item, list | dict) and kind in (list, dict):
            if depth > MAX_DEPTH:
                return f"{_short(at)}lists and objects lie more than {MAX_DEPTH} deep in each other"
            if isinstance(item, dict):
                for key, part in item.items():
                    if type(key) is not str or _SURROGATE(key):
                        return f"{at}the key {key!r} is no string of Unicode characters"
                    waiting.append((part, f"{path}.{key}" if path else key, depth + 1))
            else:
                waiting.extend((part, f"{path}[{index}]", depth + 1) for index, part in enumerate(item))
        elif item is not None and kind is not bool:
            return f"{at}a {kind.__name__} is none of the types of JSON"
    return None


def _fits(value: Any, depth: int) -> bool:
    """Whether all values (not keys, not the characters of strings) lie in the profile; made for speed."""
    kind = type(value)
    if kind is dict or kind is list:
        if not depth:
            return False
        # Most values are strings or numbers: to look at them here is twice as fast as a call for each.
        for part in value.values() if kind is dict else value:
            kind = type(part)
            if kind is str:
                continue
            if kind is int:
                if not -MAX_INTEGER <= part <= MAX_INTEGER:
                    return False
            elif not _fits(part, depth - 1):
                return False
        return True
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    return kind is str or kind is bool or value is None


def _refuse(value: object) -> NoReturn:
    raise NotCanonicalisable(fault_of(value) or "the value has no canonical form") from None


def _short(at: str) -> str:
    return at if len(at) < 100 else f"{at[:48]}...: "


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadJson(f"the key {_short(key)!r} stands twice in one object")
            seen.add(key)
    return made


def _integer(text: str) -> int:
    if len(text) > 17:
        raise BadJson(f"the integer {_short(text)} lies beyond +-(2^53 - 1); write it as a string")
    return int(text)


def _no_float(text: str) -> NoReturn:
    raise BadJson(f"the number {_short(text)} has a fraction or exponent; write measured values as strings")
