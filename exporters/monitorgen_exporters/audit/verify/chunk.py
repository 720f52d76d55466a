"""One chunk of the log, verified by one process: its rows, hashes, checkpoints and personal values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from monitorgen_exporters.audit.store.base import Row, Store
from monitorgen_exporters.audit.store.errors import Damaged, Gone, Locked, StoreError
from monitorgen_exporters.audit.store.tables import RECORD_COLUMNS
from monitorgen_exporters.audit.tree import FIRST_CHAIN
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.block import Block
from monitorgen_exporters.audit.verify.checkpoints import Seal, read_seal
from monitorgen_exporters.audit.verify.close_look import judge
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.personal_values import Committed, Missing, check_personal
from monitorgen_exporters.audit.verify.quick_look import look, look_at_hashes
from monitorgen_exporters.audit.verify.subtrees import check_nodes, levels_of, subtrees

__all__ = ["CHUNK", "CHUNK_LEVEL", "Chunk", "Job", "older_by_more", "verify_chunk"]

CHUNK_LEVEL: Final = 13
CHUNK: Final = 1 << CHUNK_LEVEL
"""Records of one chunk: a full subtree, so that its hash is one node of the whole."""

_BLOCK = 256  # few enough to stay in the cache of a processor
_HASH_COLUMNS = ("pos", "leaf", "chain", "body")


@dataclass(frozen=True, slots=True)
class Job:
    """What holds for every chunk."""

    trust: Trust
    hashes_only: bool
    personal: bool
    """Whether the log holds personal values at all."""
    skew: timedelta


@dataclass(slots=True)
class Chunk:
    """What verifying the records `[start, end)` gives to those who look at the whole."""

    start: int
    end: int
    hashes: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    """For each size asked for, and for `end`: the full subtrees from `start` up to it, the largest first."""
    hole: int | None = None
    """First position whose leaf hash is unknown: no tree can be made from there on."""
    chain: bytes | None = None
    seals: list[Seal] = field(default_factory=list)
    ids: bytes = b""
    """The ids, sorted, 16 bytes each."""
    oldest: str = ""
    newest: str = ""
    backwards: int | None = None
    """First record that is older than one before it in the chunk, by more than the skew."""
    declaring: list[tuple[int, bytes]] = field(default_factory=list)
    pruned: list[tuple[int, int]] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    records: int = 0
    findings: Findings = field(default_factory=Findings)


def verify_chunk(store: Store, job: Job, start: int, end: int, sizes: Sequence[int]) -> Chunk:
    """The records `[start, end)`, where `start` is a multiple of CHUNK; `sizes` lie in `(start, end]`.

    Raises StoreError when something cannot be read.
    """
    chunk = Chunk(start, end)
    leaves: list[bytes] = []
    positions: list[int] = []
    ids: list[str] = []
    packed = b""
    times: list[str] = []
    committed: list[Committed] = []
    chunk.chain = _chain_before(store, start)
    for begin in range(start, end, _BLOCK):
        block = _block(store, job, begin, min(begin + _BLOCK, end), chunk.chain, chunk.findings)
        if chunk.hole is None:
            leaves += block.leaves
            if len(leaves) < min(begin + _BLOCK, end) - start:
                chunk.hole = start + len(leaves)
        chunk.chain = block.chain
        positions += block.positions
        ids += block.ids
        packed += block.packed
        times += block.times
        committed += block.committed
        chunk.declaring += block.declaring
        chunk.records += block.records
        _add_runs(chunk.pruned, block.pruned)
    chunk.seals = _seals(store, job.trust, start, end, chunk.findings)
    levels = levels_of(leaves)
    known = start + len(leaves)
    wanted = {*sizes, *(seal.size for seal in chunk.seals), end}
    chunk.hashes = {size: subtrees(levels, size - start) for size in wanted if start <= size <= known}
    check_nodes(store, levels, start, chunk.findings)
    _check_ids(positions, ids, packed, chunk)
    _check_times(positions, times, chunk, job.skew)
    if committed or job.personal:
        read = set(positions)
        chunk.missing = check_personal(store, start, end, committed, read, chunk.findings)
    return chunk


def _seals(store: Store, trust: Trust, start: int, end: int, findings: Findings) -> list[Seal]:
    rows = store.query(
        "SELECT origin, size, root, note, ts FROM audit_checkpoint WHERE size > ? AND size <= ? "
        "ORDER BY size, origin",
        (start if start else -1, end),
    )
    found = (read_seal(row, trust, findings) for row in rows)
    return [seal for seal in found if seal is not None]


def _chain_before(store: Store, start: int) -> bytes | None:
    if start == 0:
        return FIRST_CHAIN
    found = store.query("SELECT chain FROM audit_record WHERE pos = ?", (start - 1,))
    return found[0][0] if found and type(found[0][0]) is bytes else None


def _block(store: Store, job: Job, start: int, end: int, chain: bytes | None, findings: Findings) -> Block:
    rows = _rows(store, start, end, _HASH_COLUMNS if job.hashes_only else RECORD_COLUMNS)
    if len(rows) == end - start:
        found = (look_at_hashes if job.hashes_only else look)(rows, start, chain)
        if found is not None:
            return found
    return judge(rows, start, end, chain, findings, hashes_only=job.hashes_only)


def _rows(store: Store, start: int, end: int, columns: Sequence[str]) -> list[Row]:
    asked = "SELECT {} FROM audit_record WHERE pos >= ? AND pos < ? ORDER BY pos"
    try:
        return store.query(asked.format(", ".join(columns)), (start, end))
    except (Damaged, Gone, Locked):
        raise
    except StoreError:
        # A text that is no UTF-8, which no writer of ours puts there: read as bytes, it goes to the judge.
        if store.dialect != "sqlite":
            raise
    texts = set(RECORD_COLUMNS) - set(_HASH_COLUMNS)
    raw = ", ".join(f"CAST({name} AS BLOB)" if name in texts else name for name in columns)
    return [
        tuple(
            part.decode(errors="surrogateescape") if name in texts and type(part) is bytes else part
            for name, part in zip(columns, row, strict=True)
        )
        for row in store.query(asked.format(raw), (start, end))
    ]


def _add_runs(runs: list[tuple[int, int]], positions: Iterable[int]) -> None:
    for position in positions:
        if runs and runs[-1][1] == position:
            runs[-1] = (runs[-1][0], position + 1)
        else:
            runs.append((position, position + 1))


def _check_ids(positions: list[int], ids: list[str], packed: bytes, chunk: Chunk) -> None:
    if len(set(ids)) == len(ids) and ids == sorted(ids):  # as a log has them whose writers' clocks agree
        chunk.ids = packed
        return
    seen: dict[str, int] = {}
    for position, id_ in zip(positions, ids, strict=True):
        if seen.setdefault(id_, position) != position:
            what = f"the id {id_} is that of record {seen[id_]} as well"
            chunk.findings.add(Finding.at(position, Kind.DUPLICATE_ID, what))
    chunk.ids = b"".join(sorted({packed[at : at + 16] for at in range(0, len(packed), 16)}))


def _check_times(positions: list[int], times: list[str], chunk: Chunk, skew: timedelta) -> None:
    if not times:
        return
    ordered = sorted(times)
    chunk.oldest, chunk.newest = ordered[0], ordered[-1]
    newest = times[0]
    # All have one form, so text is ordered as time is; only a step back is worth reading as time.
    if times != ordered:
        for position, time in zip(positions, times, strict=True):
            if time < newest and older_by_more(time, newest, skew):
                chunk.backwards = position
                return
            newest = max(newest, time)


def older_by_more(time: str, newest: str, skew: timedelta) -> bool:
    """Whether `time` lies before `newest` by more than the skew."""
    return datetime.fromisoformat(newest) - datetime.fromisoformat(time) > skew
