"""Checkpoints beyond missing records, compared through the hash that the log keeps of the block they were in.

Of 256 records, of which one is missing, no hash can be made. The log keeps one of each such block, and it may
be anything: whoever took the record could write there. But if the root that it leads to is one that was
signed, it is the true hash of the block, since nobody finds another that gives that root. The records of all
other blocks below that size are then those that were signed, and roots at smaller sizes are certain, too.
What is left of the block itself stays unproven from the first missing record on. A root that nothing signed
confirms says nothing, for or against.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.records import NODE_LEVEL, rows
from monitorgen_exporters.audit.tree import Frontier
from monitorgen_exporters.audit.verify.case import Case
from monitorgen_exporters.audit.verify.checkpoints import Seal, read_seal
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.merging import fold
from monitorgen_exporters.audit.verify.report import KeyUse
from monitorgen_exporters.audit.verify.subtrees import levels_of, subtrees

__all__ = ["judge_beyond"]

_BLOCK: Final = 1 << NODE_LEVEL
_BATCH: Final = 8192


def judge_beyond(case: Case) -> None:
    """Takes up the checkpoints that could not be compared; roots that are certain go to `merged.roots`."""
    hole = case.merged.hole
    if hole is None:
        return
    seals = _good_seals(case, hole)
    if not seals:
        return
    sizes = {*(seal.size for seal in seals), *(size for size in case.merged.wanted if size > hole)}
    roots, torn = _roots(case.store, case.moment.scan, sizes)
    confirmed = [seal.size for seal in seals if roots.get(seal.size) == seal.root]
    if not confirmed:
        return
    certain = {size: root for size, root in roots.items() if hole < size <= confirmed[-1]}
    case.merged.roots.update(certain)
    case.report.unproven = tuple(
        (start, min(stop, confirmed[-1])) for start, stop in torn if start < confirmed[-1]
    )
    for seal in seals:
        if seal.size in certain:
            _add(case, seal, certain)


def _good_seals(case: Case, hole: int) -> list[Seal]:
    """Checkpoints above the hole that were signed as they should be, in order; what is not has been told."""
    found = case.store.query(
        "SELECT origin, size, root, note, ts FROM audit_checkpoint "
        "WHERE origin = ? AND size > ? AND size <= ? ORDER BY size",
        (case.trust.origin, hole, case.moment.scan),
    )
    seals = (read_seal(row, case.trust, Findings()) for row in found)
    return [seal for seal in seals if seal is not None and seal.good]


def _roots(store: Store, end: int, sizes: set[int]) -> tuple[Mapping[int, bytes], list[tuple[int, int]]]:
    """The root at each of the sizes for which every block before it is whole or has its kept hash.

    And what of each block that has no more than that is in no root: from its first missing record to its end.
    """
    roots: dict[int, bytes] = {}
    torn: list[tuple[int, int]] = []
    blocks = Frontier()
    wanted = sorted(sizes)
    for start, leaves in _blocks(store, end):
        stop = min(start + _BLOCK, end)
        levels = levels_of(leaves)
        while wanted and wanted[0] <= stop:
            size = wanted.pop(0)
            if size - start <= len(leaves):
                roots[size] = fold((*blocks.hashes, *subtrees(levels, size - start)))
            elif size == start + _BLOCK and (kept := _kept(store, start)) is not None:
                over = blocks.copy()
                over.append(kept)
                roots[size] = over.root()
        if len(leaves) < stop - start:
            first = start + len(leaves)
            if torn and torn[-1][1] == first:
                first = torn.pop()[0]
            torn.append((first, stop))
        if not wanted:
            break
        whole = levels[NODE_LEVEL][0] if len(leaves) == _BLOCK else _kept(store, start)
        if whole is None:
            break
        blocks.append(whole)
    return roots, torn


def _blocks(store: Store, end: int) -> Iterator[tuple[int, list[bytes]]]:
    """Where each block begins, and its leaf hashes up to the first that is missing."""
    for batch in range(0, end, _BATCH):
        stop = min(batch + _BATCH, end)
        held: dict[int, Any] = dict(rows(store, batch, stop, ("pos", "leaf"), batch=_BATCH))
        for start in range(batch, stop, _BLOCK):
            leaves: list[bytes] = []
            for position in range(start, min(start + _BLOCK, stop)):
                leaf = held.get(position)
                if type(leaf) is not bytes or len(leaf) != 32:
                    break
                leaves.append(leaf)
            yield start, leaves


def _kept(store: Store, start: int) -> bytes | None:
    found = store.query(
        "SELECT hash FROM audit_node WHERE level = ? AND idx = ?", (NODE_LEVEL, start >> NODE_LEVEL)
    )
    return found[0][0] if found and type(found[0][0]) is bytes and len(found[0][0]) == 32 else None


def _add(case: Case, seal: Seal, certain: Mapping[int, bytes]) -> None:
    """A checkpoint against the root that is certain at its size."""
    merged = case.merged
    merged.unchecked -= 1
    if certain[seal.size] != seal.root:
        case.findings.add(
            Finding.within(
                merged.newest.size if merged.newest else 0,
                seal.size,
                Kind.ROOT,
                f"the records do not give the root of the checkpoint of size {seal.size}, and give that of a "
                "larger one",
            )
        )
        return
    case.report.checkpoints_past_gap += 1
    merged.held += 1
    merged.newest = seal
    if seal.quorum:
        merged.cosigned = seal
    for name, key_id in seal.signers:
        use = merged.keys.get(key_id) or KeyUse(name, key_id, seal.size, seal.size, 0)
        merged.keys[key_id] = replace(use, last_size=seal.size, checkpoints=use.checkpoints + 1)
