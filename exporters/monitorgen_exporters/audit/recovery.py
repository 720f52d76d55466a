"""What is checked before anything is added to a log that was there before.

Records, nodes and state are committed together, so that a crash leaves nothing to repair. What does not fit
together here was changed by somebody else, and adding to it would cover that up.
"""

from dataclasses import dataclass

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.store.records import NODE_LEVEL, State, hash_reader, leaves, read_state
from monitorgen_exporters.audit.tree import FIRST_CHAIN, Frontier

__all__ = ["Tip", "recover"]

_ADVICE = "Nothing is added to it; run `monitorgen audit verify`, which says what is wrong and where."


@dataclass(slots=True)
class Tip:
    """Where a log ends: the next record goes there."""

    origin: str
    frontier: Frontier
    chain: bytes


def recover(store: Store) -> Tip:
    """The end of the log, when state, newest records and kept nodes agree on it; raises Damaged otherwise.

    Costs fewer than 300 rows, whatever the size of the log.
    """
    with store.snapshot():
        state = read_state(store)
        try:
            kept = Frontier.from_bytes(state.frontier)
        except ValueError as problem:
            raise _damaged(store, f"its state is broken: {problem}") from problem
        ((newest,),) = store.query("SELECT max(pos) FROM audit_record")
        size = 0 if newest is None else newest + 1
        if size != state.size or kept.size != state.size:
            raise _damaged(store, f"its state tells of {state.size} records, and the last one is {size - 1}")
        if _chain(store, state) != state.chain:
            raise _damaged(store, "its state does not have the chain value of the last record")
        if _frontier(store, size).hashes != kept.hashes:
            raise _damaged(store, "its state does not have the root of its records")
    return Tip(state.origin, kept, state.chain)


def _frontier(store: Store, size: int) -> Frontier:
    """The frontier of the first `size` records, from the largest kept subtrees and the leaves after them."""
    hash_at = hash_reader(store)
    whole = size >> NODE_LEVEL
    hashes = []
    for level in range(whole.bit_length() - 1, -1, -1):
        if whole >> level & 1:
            hashes.append(hash_at(level + NODE_LEVEL, (whole >> level) - 1))
    frontier = Frontier(whole << NODE_LEVEL, hashes)
    frontier.extend(leaves(store, whole << NODE_LEVEL, size))
    return frontier


def _chain(store: Store, state: State) -> bytes:
    if not state.size:
        return FIRST_CHAIN
    found = store.query("SELECT chain FROM audit_record WHERE pos = ?", [state.size - 1])
    return bytes(found[0][0]) if found else b""


def _damaged(store: Store, what: str) -> Damaged:
    return Damaged(f"The audit log in {store.place} was changed from outside: {what}. {_ADVICE}")
