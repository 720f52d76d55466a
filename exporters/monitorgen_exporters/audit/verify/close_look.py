"""A close look at a block of rows: record by record, and it says what is wrong with which."""

from collections.abc import Iterator, Sequence
from typing import Any

from monitorgen_exporters.audit.canonical import is_canonical
from monitorgen_exporters.audit.record import BadRecord, Record, decode
from monitorgen_exporters.audit.tree import chain_hash, leaf_hash
from monitorgen_exporters.audit.verify.block import DECLARING, Block, Row
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind

__all__ = ["judge"]

_TEXTS = slice(2, 8)
_BLANK = ("", "", "", "", None, "")
"""What a pruning leaves of the columns from `ts` to `severity`."""


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
        made.chain = None  # the next block cannot know what its first record goes on from
    return made


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
