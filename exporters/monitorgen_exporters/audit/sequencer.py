"""The one writer of a log's tree: gives records their positions, and commits with them all that follows."""

import base64
from collections.abc import Sequence
from hashlib import sha256

from monitorgen_exporters.audit.entry import Entry, IdTaken, entry_of, repeats
from monitorgen_exporters.audit.record import BadRecord, decode, new_record
from monitorgen_exporters.audit.recovery import Tip, recover
from monitorgen_exporters.audit.store import Row, Store
from monitorgen_exporters.audit.store.errors import Conflict, Duplicate
from monitorgen_exporters.audit.store.records import NODE_LEVEL, bodies
from monitorgen_exporters.audit.tree import leaf_hash

__all__ = ["Sequencer"]

_DRAINED = 500  # rows of the intake in one transaction
# As bytes, whatever is there: SQLite keeps any type in any column, and text that is no UTF-8, and a row that
# cannot be read would stop all those after it.
_OLDEST = {
    "sqlite": "SELECT seq, CAST(id AS BLOB), CAST(body AS BLOB) FROM audit_intake ORDER BY seq LIMIT ?",
    "postgres": "SELECT seq, convert_to(id, 'UTF8'), body FROM audit_intake ORDER BY seq LIMIT ?",
}
_QUOTED = 32 * 1024  # bytes of an unreadable row that are kept


class Sequencer:
    """Adds to the tree of a store that has been elected (`store.try_sequencer()`).

    Whoever makes one is told by recovery, with Damaged, when the log was changed from outside.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tip = recover(store)
        self._certain = True

    @property
    def tip(self) -> Tip:
        """Where the log ends, as far as this process has committed it; not to be changed."""
        return self._tip

    def append(self, entries: Sequence[Entry]) -> None:
        """Adds records, all of them durably or none; those that are in the log already are passed over.

        Raises IdTaken when an id belongs to another record, and StoreError.
        """
        try:
            self._commit(entries)
        except Duplicate:
            fresh, clashing = self._sort_out(entries)
            if clashing:
                raise IdTaken(clashing[0].record.id) from None
            if fresh:
                self._commit(fresh)

    def drain(self) -> int:
        """Moves the oldest rows of the intake into the tree; how many left it. 0: it is empty."""
        rows = self._store.query(_OLDEST[self._store.dialect], [_DRAINED])
        if not rows:
            return 0
        entries = [_entry_from(row) for row in rows]
        # By number and not "up to the last": a smaller number may be committed later than a larger one.
        done = [row[0] for row in rows]
        try:
            self._commit(entries, done)
        except Duplicate:
            fresh, clashing = self._sort_out(entries)
            refusals = [
                _refused(entry.record.id, entry.body, "the id is another record's") for entry in clashing
            ]
            self._commit([*fresh, *refusals], done)
        return len(rows)

    def _commit(self, entries: Sequence[Entry], drained: Sequence[int] = ()) -> None:
        if not self._certain:
            self._tip = recover(self._store)
        self._certain = False
        tip, store = self._tip, self._store
        frontier, chain, size = tip.frontier.copy(), tip.chain, tip.frontier.size
        leaves = [leaf_hash(entry.body) for entry in entries]
        nodes = frontier.extend(leaves, nodes_from=NODE_LEVEL)
        rows = []
        for pos, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), size):
            chain = sha256(b"\x02" + chain + leaf).digest()
            record, body, _ = entry
            rows.append(
                (
                    pos,
                    record.id,
                    record.ts,
                    record.type,
                    record.actor,
                    record.subject,
                    record.data.get("incident"),
                    record.data.get("severity", "info"),
                    leaf,
                    chain,
                    body,
                )
            )
        personal = [
            (entry.record.id, *opening) for entry in entries if entry.openings for opening in entry.openings
        ]
        with store.transaction():
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
                raise Conflict(
                    f"Something else has added records to {store.place}, which only its sequencer may do."
                )
        self._tip = Tip(tip.origin, frontier, chain)
        self._certain = True

    def _sort_out(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
        """Those of the entries that are new to the log, and those whose id is another record's."""
        known = bodies(self._store, [entry.record.id for entry in entries])
        fresh, clashing = [], []
        for entry in entries:
            if entry.record.id not in known:
                known[entry.record.id] = entry.body
                fresh.append(entry)
            # What was pruned cannot be compared; whoever repeats it means the same record.
            elif (there := known[entry.record.id]) is not None and not repeats(entry, there):
                clashing.append(entry)
        return fresh, clashing


def _entry_from(row: Row) -> Entry:
    """What a row of the intake becomes. One that is no record becomes a record of that; none is dropped."""
    _, name, body = row
    id = name.decode(errors="backslashreplace")
    try:
        record = decode(body)
    except BadRecord as problem:
        return _refused(id, body, str(problem))
    if record.id != id:
        return _refused(id, body, "the row has another id than its record")
    return Entry(record, body)


def _refused(id: str, body: bytes, why: str) -> Entry:
    return entry_of(
        new_record(
            "log.refused",
            "system:sequencer",
            "intake:row",
            {
                "id": id[:100],
                "reason": why[:1000],
                "sha256": sha256(body).hexdigest(),
                "body": base64.b64encode(body[:_QUOTED]).decode(),
            },
        )
    )
