"""A quick look at a block of rows, which says only "all well".

It works on whole columns, since a call for each record would take most of the time. Whatever it does not
understand it leaves to the close look.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, repeat
from operator import itemgetter
from typing import Any

import orjson

from monitorgen_exporters.audit.canonical import MAX_DEPTH
from monitorgen_exporters.audit.form import is_party, is_type, is_word
from monitorgen_exporters.audit.record import MAX_RECORD_BYTES
from monitorgen_exporters.audit.verify.around import data_between
from monitorgen_exporters.audit.verify.block import DECLARING, Block
from monitorgen_exporters.audit.verify.digests import digests

__all__ = ["look", "look_at_hashes"]

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_PARTS = itemgetter("id", "ts", "type", "actor", "subject", "v", "data", "commitments")
_FIELDS = 8
_ABOVE_BMP = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
_ID = b"00000000-0000-0000-0000-000000000000"
_TIME = b"0000-00-00T00:00:00.000000Z"
_HEX_AS_ZERO = bytes.maketrans(b"123456789abcdef", b"0" * 15)
_DIGIT_AS_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
_SCALARS = frozenset((str, int, bool, type(None)))
_NESTING = frozenset((dict, list))
_KNOWN = _SCALARS | _NESTING


def look(rows: Sequence[tuple[Any, ...]], start: int, before: bytes | None) -> Block | None:
    """The block if all rows are plainly as they should be, from position `start` on without gap; else None.

    `before` is the chain value before the first row.
    """
    positions, ids, times, types, actors, subjects, incidents, severities, leaves, chains, bodies = zip(
        *rows, strict=True
    )
    try:
        if not _hashes_hold(positions, bodies, leaves, chains, start, before):
            return None
        told = _told(bodies, ids, times, types, actors, subjects)
        if told is None:
            return None
        data, commitments = told
        if (
            tuple(map(dict.get, data, repeat("incident"))) != incidents
            or tuple(map(dict.get, data, repeat("severity"), repeat("info"))) != severities
            or set(map(type, data)) != {dict}
            or not _plain(data)
            or max(map(len, bodies)) > MAX_RECORD_BYTES
            or not _are_times(times)
            or not all(map(is_type, set(types)))
            or not all(map(is_party, {*actors, *subjects}))
            or not all(map(is_word, {*severities, *incidents} - {None}))
            or None in severities
            or (None in incidents and not _lack_incidents(data, incidents))
            or not _are_commitments(commitments)
        ):
            return None
        packed = _packed(ids)
        if packed is None:
            return None
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
    made = Block(list(leaves), chains[-1], list(positions), list(ids), packed, list(times), records=len(rows))
    if not DECLARING.isdisjoint(types):
        made.declaring = [
            (at, body) for at, kind, body in zip(positions, types, bodies, strict=True) if kind in DECLARING
        ]
    if any(commitments):
        made.committed = [
            (at, id_, held) for at, id_, held in zip(positions, ids, commitments, strict=True) if held
        ]
    return made


def look_at_hashes(rows: Sequence[tuple[Any, ...]], start: int, before: bytes | None) -> Block | None:
    """As `look`, for rows of position, leaf, chain and body: hashes, and nothing of what the bodies say."""
    positions, leaves, chains, bodies = zip(*rows, strict=True)
    try:
        if not _hashes_hold(positions, bodies, leaves, chains, start, before):
            return None
    except (TypeError, AttributeError):
        return None
    return Block(list(leaves), chains[-1], records=len(rows))


def _hashes_hold(
    positions: tuple[Any, ...],
    bodies: tuple[Any, ...],
    leaves: tuple[Any, ...],
    chains: tuple[Any, ...],
    start: int,
    before: bytes | None,
) -> bool:
    if positions != tuple(range(start, start + len(positions))) or before is None:
        return False
    if tuple(digests(b"\x00", bodies)) != leaves:
        return False
    # Each value against the stored one before it: equal to recomputing all of them, as long as none differs.
    pairs = map(b"".join, zip((before, *chains[:-1]), leaves, strict=True))
    return tuple(digests(b"\x02", pairs)) == chains


def _lack_incidents(data: Sequence[dict[str, Any]], incidents: Sequence[str | None]) -> bool:
    """Whether no data names an incident where the column names none: null would be read as none, too."""
    return sum(map(dict.__contains__, data, repeat("incident"))) == len(data) - incidents.count(None)


def _told(
    bodies: tuple[bytes, ...], *columns: tuple[Any, ...]
) -> tuple[Sequence[dict[str, Any]], Sequence[Any]] | None:
    """Data and commitments of the records, if these columns say what the bodies do, and in canonical form."""
    texts = data_between(bodies, *columns)
    if texts is not None:
        found = _read(texts)
        return None if found is None else (found, [{}])
    found = _read(bodies)
    if found is None:
        return None
    *said, versions, data, commitments = zip(*map(_PARTS, found), strict=True)
    if (
        said != list(columns)
        or set(map(len, found)) != {_FIELDS}
        or set(map(type, versions)) != {int}
        or set(versions) != {1}
    ):
        return None
    return data, commitments


def _read(texts: Sequence[bytes]) -> list[Any] | None:
    """The values of these texts, if each is the canonical one but for numbers and depth; else None."""
    found = list(map(orjson.loads, texts))
    # All at once: where each text is JSON for itself, the list's text has only one way to fall apart.
    text = b"[" + b",".join(texts) + b"]"
    if orjson.dumps(found, option=_OPTIONS) != text:
        return None
    # Keys beyond U+FFFF sort otherwise than orjson does; such text is left to the close look.
    return None if not text.isascii() and any(map(text.__contains__, _ABOVE_BMP)) else found


def _packed(ids: tuple[str, ...]) -> bytes | None:
    """The ids in 16 bytes each, if all are UUIDv7 in lower case."""
    text, count = "".join(ids).encode("ascii"), len(ids)
    if set(map(len, ids)) != {len(_ID)} or text.translate(_HEX_AS_ZERO) != _ID * count:
        return None
    if text[14 :: len(_ID)] != b"7" * count or not set(text[19 :: len(_ID)]) <= set(b"89ab"):
        return None
    return bytes.fromhex(text.translate(None, b"-").decode())


def _are_times(times: tuple[str, ...]) -> bool:
    """Whether all are times as records have them; ValueError for what is not in the calendar."""
    text = "".join(times).encode("ascii")
    if set(map(len, times)) != {len(_TIME)} or text.translate(_DIGIT_AS_ZERO) != _TIME * len(times):
        return False
    # What is the same in many is read once: the time to the second.
    list(map(datetime.fromisoformat, {time[:19] for time in times}))
    return True


def _are_commitments(commitments: Sequence[Any]) -> bool:
    if set(map(type, commitments)) != {dict}:
        return False
    held = [one for one in commitments if one]
    if not held:
        return True
    digests = [digest for one in held for digest in one.values()]
    text = "".join(digests)
    paths = {path for one in held for path in one}
    return set(map(len, digests)) == {64} and bytes.fromhex(text).hex() == text and all(map(is_word, paths))


def _plain(objects: Sequence[dict[str, Any]]) -> bool:
    """Whether these objects hold nothing but the profile's values, level by level."""
    level: Sequence[Any] = objects
    for _ in range(MAX_DEPTH - 1):
        deeper: list[Any] = []
        for values in _alike(level):
            if _are_texts(values):
                continue
            kinds = set(map(type, values))
            if kinds <= _SCALARS:
                continue
            if not kinds <= _KNOWN:
                return False
            deeper += values if kinds <= _NESTING else [one for one in values if type(one) in _NESTING]
        if not deeper:
            return True
        level = deeper
    return False


def _alike(level: Sequence[Any]) -> list[Sequence[Any]]:
    """All values of these lists and objects; by their place, where these are objects of the same length.

    Records are mostly of one shape: then most places hold texts alone, and others lists and objects alone.
    """
    try:
        return list(zip(*map(dict.values, level), strict=True))
    except (TypeError, ValueError):
        return [
            list(chain.from_iterable(one.values() if type(one) is dict else one for one in level)),
        ]


def _are_texts(values: Sequence[Any]) -> bool:
    try:
        "".join(values)  # half the time of looking at the type of each
    except TypeError:
        return False
    return True
