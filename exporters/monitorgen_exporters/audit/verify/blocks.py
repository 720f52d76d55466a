"""Records against their own hashes: a quick look that says only "all well", and a slow one that says why.

The quick look works on whole columns, since a call for each record would take most of the time. Whatever it
does not understand it leaves to the slow one, which judges record by record and knows the kinds of fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from monitorgen_exporters.audit.canonical import MAX_DEPTH, is_canonical
from monitorgen_exporters.audit.record import (
    MAX_RECORD_BYTES,
    BadRecord,
    Record,
    decode,
    is_party,
    is_type,
    is_word,
)
from monitorgen_exporters.audit.tree import chain_hash, leaf_hash
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind

__all__ = ["DECLARING", "Block", "Row", "judge", "look", "look_at_hashes"]

DECLARING: Final = frozenset(
    ("log.created", "log.pruned", "log.restored", "record.erased", "key.rotated", "config.applied")
)
"""Types of records that say what was done to the log itself."""

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_PARTS = itemgetter("v", "id", "ts", "type", "actor", "subject", "data", "commitments")
_FIELDS = 8
_TEXTS = slice(2, 8)
_BLANK = ("", "", "", "", None, "")
"""What a pruning leaves of the columns from `ts` to `severity`."""
_SIGNS = ((4, b"-"), (7, b"-"), (10, b"T"), (13, b":"), (16, b":"), (19, b"."), (26, b"Z"))
_DIGITS = tuple(at for at in range(27) if at not in dict(_SIGNS))
_SCALARS = frozenset((int, bool, type(None)))


class Row(NamedTuple):
    """One row of the table of records, as it was read: nothing about the types is certain."""

    pos: Any
    id: Any
    ts: Any
    type: Any
    actor: Any
    subject: Any
    incident: Any
    severity: Any
    leaf: Any
    chain: Any
    body: Any


@dataclass(slots=True)
class Block:
    """What a look at some rows gives to those who look at the whole."""

    leaves: list[bytes] = field(default_factory=list)
    """Stored leaf hashes, in order, from the first position on until one is missing."""
    chain: bytes | None = None
    """Last chain value, as stored; None when unknown."""
    positions: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    packed: bytes = b""
    """The ids, 16 bytes each."""
    times: list[str] = field(default_factory=list)
    """Timestamps; positions, ids and these are of the records that could be read, in order."""
    declaring: list[tuple[int, bytes]] = field(default_factory=list)
    """Positions and bodies of records that say what was done to the log."""
    committed: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    """Positions, ids and commitments of records with personal fields."""
    pruned: list[int] = field(default_factory=list)
    """Positions without body."""
    records: int = 0
    """Bodies that were hashed."""


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
        found = list(map(orjson.loads, bodies))
        # All at once: where each body is JSON for itself, the list's text has only one way to fall apart.
        text = b"[" + b",".join(bodies) + b"]"
        if orjson.dumps(found, option=_OPTIONS) != text:
            return None
        # Keys beyond U+FFFF sort otherwise than orjson does; such text is left to the slow way.
        if not text.isascii() and any(map(text.__contains__, _ABOVE_BMP)):
            return None
        versions, said_ids, said_times, said_types, said_actors, said_subjects, data, commitments = zip(
            *map(_PARTS, found), strict=True
        )
        if (
            said_ids != ids
            or said_times != times
            or said_types != types
            or said_actors != actors
            or said_subjects != subjects
            or tuple([one.get("incident") for one in data]) != incidents
            or tuple([one.get("severity", "info") for one in data]) != severities
            or set(map(len, found)) != {_FIELDS}
            or set(map(type, versions)) != {int}
            or set(versions) != {1}
            or set(map(type, data)) != {dict}
            or not _plain(data)
            or max(map(len, bodies)) > MAX_RECORD_BYTES
            or not _are_times(times)
            or not all(map(is_type, set(types)))
            or not all(map(is_party, {*actors, *subjects}))
            or not all(map(is_word, {*severities, *incidents} - {None}))
            or None in severities
            or sum(["incident" in one for one in data]) != len(data) - incidents.count(None)
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


def judge(
    rows: Sequence[tuple[Any, ...]],
    start: int,
    end: int,
    before: bytes | None,
    findings: Findings,
    *,
    hashes_only: bool = False,
) -> Block:
    """The block of the positions `[start, end)`, of which `rows` should be all; faults go into `findings`.

    With `hashes_only` the rows are those of `look_at_hashes`.
    """
    made = Block(chain=before)
    expected, complete = start, True
    for values in rows:
        row = Row(values[0], *[None] * 7, *values[1:]) if hashes_only else Row(*values)
        if row.pos != expected:
            complete = False
            findings.extend(_gap(row.pos, expected))
            made.chain = None
            if type(row.pos) is not int or row.pos < expected:
                continue
        expected = row.pos + 1
        complete = _judge_hashes(row, made, findings, complete)
        if row.body is None:
            made.pruned.append(row.pos)
            if not hashes_only and row[_TEXTS] != _BLANK:
                what = "the columns that searches go by say something, and no body vouches for it"
                findings.add(Finding.at(row.pos, Kind.COLUMN, what))
        else:
            _judge_body(row, made, findings, hashes_only)
    if expected < end:
        findings.add(
            Finding.within(expected, end, Kind.GAP, f"{_records(expected, end)} missing from the table")
        )
    return made


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
    if tuple([sha256(b"\x00" + body).digest() for body in bodies]) != leaves:
        return False
    # Each value against the stored one before it: equal to recomputing all of them, as long as none differs.
    pairs = zip((before, *chains[:-1]), leaves, strict=True)
    return tuple([sha256(b"\x02" + previous + leaf).digest() for previous, leaf in pairs]) == chains


def _packed(ids: tuple[str, ...]) -> bytes | None:
    """The ids in 16 bytes each, if all are UUIDv7 in lower case."""
    text, count = "".join(ids), len(ids)
    if set(map(len, ids)) != {36} or text[14::36] != "7" * count or not set(text[19::36]) <= set("89ab"):
        return None
    if any(text[at::36] != "-" * count for at in (8, 13, 18, 23)):
        return None
    digits = text.replace("-", "")
    packed = bytes.fromhex(digits)
    return packed if packed.hex() == digits else None


def _are_times(times: tuple[str, ...]) -> bool:
    """Whether all are times as records have them; ValueError for what is not in the calendar."""
    text, count = "".join(times).encode("ascii"), len(times)
    if set(map(len, times)) != {27} or any(text[at::27] != sign * count for at, sign in _SIGNS):
        return False
    # What is the same in many is read once: the time to the second.
    list(map(datetime.fromisoformat, {time[:19] for time in times}))
    return b"".join([text[at::27] for at in _DIGITS]).isdigit()


def _are_commitments(commitments: tuple[Any, ...]) -> bool:
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
    values: Iterator[Any] = chain.from_iterable(map(dict.values, objects))
    for _ in range(MAX_DEPTH - 1):
        others = [one for one in values if type(one) is not str]
        kinds = set(map(type, others))
        if kinds <= _SCALARS:
            return True
        if not kinds <= _SCALARS | {dict, list}:
            return False
        inner = [one for one in others if type(one) is dict]
        lists = [one for one in others if type(one) is list]
        values = chain(chain.from_iterable(map(dict.values, inner)), chain.from_iterable(lists))
    return False


_ABOVE_BMP = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")


def _judge_hashes(row: Row, made: Block, findings: Findings, complete: bool) -> bool:
    """Leaf and chain of one row; whether all leaves up to it are known."""
    if not _is_hash(row.leaf):
        findings.add(Finding.at(row.pos, Kind.BODY, "the stored leaf hash is no hash"))
        made.chain = row.chain if _is_hash(row.chain) else None
        return False
    if complete:
        made.leaves.append(row.leaf)
    if not _is_hash(row.chain):
        findings.add(Finding.at(row.pos, Kind.CHAIN, "the stored chain value is no hash"))
        made.chain = None
        return complete
    if made.chain is not None and chain_hash(made.chain, row.leaf) != row.chain:
        findings.add(
            Finding.at(
                row.pos, Kind.CHAIN, "the chain value does not follow from the one before and the leaf hash"
            )
        )
    made.chain = row.chain
    return complete


def _judge_body(row: Row, made: Block, findings: Findings, hashes_only: bool) -> None:
    if type(row.body) is not bytes or leaf_hash(row.body) != row.leaf:
        findings.add(
            Finding.at(row.pos, Kind.BODY, "the stored body is not the one whose hash was put into the tree")
        )
        return
    made.records += 1
    if hashes_only:
        return
    try:
        record = decode(row.body)
    except BadRecord as fault:
        kind = Kind.MALFORMED if is_canonical(row.body) else Kind.NOT_CANONICAL
        findings.add(Finding.at(row.pos, kind, f"what was hashed is no record: {fault}"))
        return
    findings.extend(_columns(row, record))
    made.positions.append(row.pos)
    made.ids.append(record.id)
    made.packed += bytes.fromhex(record.id.replace("-", ""))
    made.times.append(record.ts)
    if record.type in DECLARING:
        made.declaring.append((row.pos, row.body))
    if record.commitments:
        made.committed.append((row.pos, record.id, dict(record.commitments)))


def _columns(row: Row, record: Record) -> Iterator[Finding]:
    """Columns that say something else than the record: searching would lie where verifying does not."""
    for name in ("id", "ts", "type", "actor", "subject", "incident", "severity"):
        said, held = getattr(record, name), getattr(row, name)
        if type(held) is not type(said) or held != said:
            yield Finding.at(
                row.pos,
                Kind.COLUMN,
                f"the column {name} says {held!r:.80}, the record {said!r:.80}; searches go by the column",
            )


def _gap(position: Any, expected: int) -> Iterator[Finding]:
    if type(position) is int and position > expected:
        yield Finding.within(
            expected, position, Kind.GAP, f"{_records(expected, position)} missing from the table"
        )
    else:
        yield Finding.at(expected, Kind.GAP, f"position {position!r:.40} stands where {expected} should")


def _is_hash(value: Any) -> bool:
    return type(value) is bytes and len(value) == 32


def _records(start: int, end: int) -> str:
    return f"record {start} is" if end == start + 1 else f"records {start} to {end - 1} are"
