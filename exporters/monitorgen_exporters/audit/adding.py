"""Records get their positions: the rows, nodes and state that follow from adding them to the end of a log."""

from collections.abc import Sequence
from hashlib import sha256

from monitorgen_exporters.audit.entry import Entry
from monitorgen_exporters.audit.recovery import Tip
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Conflict
from monitorgen_exporters.audit.store.records import NODE_LEVEL
from monitorgen_exporters.audit.tree import FIRST_CHAIN, Frontier

__all__ = ["add", "begin"]


def begin(store: Store, origin: str, entry: Entry) -> None:
    """Writes the first record of a new log, within the transaction that makes its tables."""
    add(store, Tip(origin, Frontier(), FIRST_CHAIN), [entry])


def add(store: Store, tip: Tip, entries: Sequence[Entry], drained: Sequence[int] = ()) -> Tip:
    """Writes records at the end `tip`, within the caller's transaction; where the log ends then.

    The rows `drained` leave the intake. Raises Conflict when the log does not end there, Duplicate for an id
    that is there, and other errors of the store.
    """
    frontier, chain, size = tip.frontier.copy(), tip.chain, tip.frontier.size
    leaves, rows = [], []
    # In one pass, and without the calls that tree.py has for both hashes: this is done for every record.
    for pos, (record, body, _) in enumerate(entries, size):
        leaf = sha256(b"\x00" + body).digest()
        chain = sha256(b"\x02" + chain + leaf).digest()
        data = record.data
        leaves.append(leaf)
        rows.append(
            (
                pos,
                record.id,
                record.ts,
                record.type,
                record.actor,
                record.subject,
                data.get("incident"),
                data.get("severity", "info"),
                leaf,
                chain,
                body,
            )
        )
    nodes = frontier.extend(leaves, nodes_from=NODE_LEVEL)
    personal = [
        (entry.record.id, *opening) for entry in entries if entry.openings for opening in entry.openings
    ]
    store.insert("audit_record", rows)
    if nodes:
        store.insert("audit_node", nodes)
    if personal:
        store.insert("audit_personal", personal)
    if drained:
        marks = ", ".join("?" * len(drained))
        store.execute(f"DELETE FROM audit_intake WHERE seq IN ({marks})", drained)  # noqa: S608
    changed = store.execute(
        "UPDATE audit_state SET size = ?, frontier = ?, chain = ? WHERE one = 1 AND size = ?",
        (frontier.size, frontier.to_bytes(), chain, size),
    )
    if changed != 1:
        raise Conflict(f"Something else has added records to {store.place}, which only its sequencer may do.")
    return Tip(tip.origin, frontier, chain)
