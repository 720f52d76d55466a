"""The full subtrees of one chunk, and the hashes of them that the log keeps for its proofs."""

from typing import Any

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.records import NODE_LEVEL
from monitorgen_exporters.audit.verify.digests import digests
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind

__all__ = ["check_nodes", "levels_of", "subtrees"]


def levels_of(leaves: list[bytes]) -> list[list[bytes]]:
    """Hashes of all full subtrees over the leaves, by level."""
    levels = [leaves]
    while len(level := levels[-1]) > 1:
        pairs = iter(level)
        levels.append(digests(b"\x01", map(b"".join, zip(pairs, pairs))))  # noqa: B905
    return levels


def subtrees(levels: list[list[bytes]], count: int) -> tuple[bytes, ...]:
    """The full subtrees that make up the first `count` leaves, the largest first."""
    return tuple(
        levels[level][count >> level + 1 << 1]
        for level in range(len(levels) - 1, -1, -1)
        if count >> level & 1
    )


def check_nodes(store: Store, levels: list[list[bytes]], start: int, findings: Findings) -> None:
    """The cached hashes of the chunk's subtrees: proofs are made of them."""
    for level in range(NODE_LEVEL, len(levels)):
        first = start >> level
        held: dict[Any, Any] = dict(
            store.query(
                "SELECT idx, hash FROM audit_node WHERE level = ? AND idx >= ? AND idx < ?",
                (level, first, first + len(levels[level])),
            )
        )
        for offset, made in enumerate(levels[level]):
            if held.get(first + offset) != made:
                begin = (first + offset) << level
                findings.add(
                    Finding.within(
                        begin,
                        begin + (1 << level),
                        Kind.NODE,
                        f"the cached hash of level {level}, index {first + offset} is "
                        f"{'wrong' if first + offset in held else 'missing'}: proofs of it will not hold",
                    )
                )
