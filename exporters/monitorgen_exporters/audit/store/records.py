"""What a log holds, read: its state, its records, and the hashes that proofs are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitorgen_exporters.audit.store.base import Row, Store
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.store.tables import RECORD_COLUMNS
from monitorgen_exporters.audit.tree import Frontier, HashAt

__all__ = ["NODE_LEVEL", "State", "bodies", "hash_reader", "leaves", "positions", "read_state", "rows"]

NODE_LEVEL = 8
"""Subtrees of this level (256 leaves) and above are kept; smaller ones are made of leaves when asked for."""

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class State:
    """What the log says of itself: committed with the records it is about."""

    origin: str
    size: int
    frontier: bytes
    """`Frontier.to_bytes()` of the first `size` leaves."""
    chain: bytes
    """Chain value of the last record."""
    first_body: int
    """Records before this position may have been pruned: their bodies are gone, their hashes are not."""


def read_state(store: Store) -> State:
    """The state as it was last committed."""
    found = store.query("SELECT origin, size, frontier, chain, first_body FROM audit_state WHERE one = 1")
    if len(found) != 1:
        raise Damaged(f"{store.place}: the table audit_state is empty; it holds one row in every log.")
    return State(*found[0])


def rows(
    store: Store, start: int, stop: int, columns: Sequence[str] = RECORD_COLUMNS, *, batch: int = _BATCH
) -> Iterator[Row]:
    """The rows at the positions from `start` up to `stop`, in order; a missing position is passed over.

    Memory stays that of `batch` rows. Other writers are seen between two batches, unless `store.snapshot()`
    is around it all.
    """
    asked = f"SELECT {', '.join(columns)} FROM audit_record WHERE pos >= ? AND pos < ? ORDER BY pos"  # noqa: S608
    for begin in range(start, stop, batch):
        yield from store.query(asked, (begin, min(begin + batch, stop)))


def positions(store: Store, ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """Position and leaf hash of those of `ids` that are in the tree."""
    found = {}
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        asked = f"SELECT id, pos, leaf FROM audit_record WHERE id IN ({', '.join('?' * len(some))})"  # noqa: S608
        found.update({id: (pos, leaf) for id, pos, leaf in store.query(asked, some)})
    return found


def bodies(store: Store, ids: Sequence[str]) -> dict[str, bytes | None]:
    """The bodies of those of `ids` that are in the tree; None for one that was pruned."""
    found: dict[str, bytes | None] = {}
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        asked = f"SELECT id, body FROM audit_record WHERE id IN ({', '.join('?' * len(some))})"  # noqa: S608
        found.update(dict(store.query(asked, some)))
    return found


def leaves(store: Store, start: int, stop: int) -> list[bytes]:
    """The leaf hashes at the positions from `start` up to `stop`; raises Damaged when one is missing."""
    found = [leaf for (leaf,) in rows(store, start, stop, ("leaf",))]
    if len(found) != stop - start:
        raise Damaged(
            f"{store.place}: {stop - start - len(found)} of the records {start} to {stop - 1} are missing."
        )
    return found


def hash_reader(store: Store) -> HashAt:
    """`hash_at(level, index)` for the proofs of `tree.py`, from the kept nodes and the leaves.

    It believes what the database holds. It answers for full subtrees alone, and raises Damaged for one that
    is not there.
    """

    @lru_cache(maxsize=4096)
    def hash_at(level: int, index: int) -> bytes:
        if level >= NODE_LEVEL:
            found = store.query("SELECT hash FROM audit_node WHERE level = ? AND idx = ?", (level, index))
            if not found:
                raise Damaged(
                    f"{store.place}: the hash of level {level}, index {index} is missing from audit_node."
                )
            return bytes(found[0][0])
        tree = Frontier()
        tree.extend(leaves(store, index << level, (index + 1) << level))
        return tree.root()

    return hash_at
