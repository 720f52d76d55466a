"""The one writer of a log's tree: adds what it is handed, and what waits in the intake."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

from monitorgen_exporters.audit.adding import add
from monitorgen_exporters.audit.entry import Entry, IdTaken, entry_of, repeats
from monitorgen_exporters.audit.intake import forget_declared, is_declared
from monitorgen_exporters.audit.record import BadRecord, decode, new_record
from monitorgen_exporters.audit.recovery import Tip, recover
from monitorgen_exporters.audit.store import Row, Store, StoreError
from monitorgen_exporters.audit.store.errors import OF_THE_PLACE, Duplicate
from monitorgen_exporters.audit.store.records import bodies

__all__ = ["DRAINED", "Sequencer"]

DRAINED = 500
"""Most rows of the intake in one transaction."""

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
        self._tip = self._new_tip = recover(store)
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
        """Moves the oldest rows of the intake into the tree, at most `DRAINED`; how many left it.

        A row that the database will not have as a record is refused, and so is the log's own word of itself
        that the log has not put there: a record of that takes its place.
        Raises StoreError when the fault is not that of a row; then all that have not been moved stay.
        """
        rows = self._store.query(_OLDEST[self._store.dialect], [DRAINED])
        if not rows:
            return 0
        entries = [_entry_from(self._store, row) for row in rows]
        # By number and not "up to the last": a smaller number may be committed later than a larger one.
        done = [row[0] for row in rows]
        try:
            self._move(entries, done)
        except OF_THE_PLACE:
            raise
        except StoreError:
            for entry, seq in zip(entries, done, strict=True):
                self._move_or_refuse(entry, seq)
        forget_declared(self._store, entries)
        return len(rows)

    def _move(self, entries: Sequence[Entry], done: Sequence[int]) -> None:
        try:
            self._commit(entries, done)
        except Duplicate:
            fresh, clashing = self._sort_out(entries)
            refusals = [
                _refused(entry.record.id, entry.body, "the id is another record's") for entry in clashing
            ]
            self._commit([*fresh, *refusals], done)

    def _move_or_refuse(self, entry: Entry, seq: int) -> None:
        problem = None
        for _ in range(2):  # what fails twice was no accident
            try:
                return self._move([entry], [seq])
            except OF_THE_PLACE:
                raise
            except StoreError as found:
                problem = found
        # That this one can be written shows that it was the row. If it cannot be, the row stays.
        self._commit([_refused(entry.record.id, entry.body, f"the database refuses it: {problem}")], [seq])
        return None

    @contextmanager
    def transaction(self) -> Iterator[list[Entry]]:
        """A transaction of the store; the entries that are put in the list are in the tree when it ends.

        They have to be new: unlike `append`, this does not sort out what is in the log already.
        Raises StoreError, and nothing was written then, unless that is Gone.
        """
        entries: list[Entry] = []
        with self._changing():
            yield entries
            if entries:
                self._new_tip = add(self._store, self._tip, entries)

    def _commit(self, entries: Sequence[Entry], drained: Sequence[int] = ()) -> None:
        with self._changing():
            self._new_tip = add(self._store, self._tip, entries, drained)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A transaction, after which the log ends at `_new_tip`."""
        if not self._certain:
            self._tip = recover(self._store)
        self._certain = False
        self._new_tip = self._tip
        with self._store.transaction():
            yield
        self._tip = self._new_tip
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


def _entry_from(store: Store, row: Row) -> Entry:
    """What a row of the intake becomes. One that is no record becomes a record of that; none is dropped."""
    _, name, body = row
    id = name.decode(errors="backslashreplace")
    try:
        record = decode(body)
    except BadRecord as problem:
        return _refused(id, body, str(problem))
    if record.id != id:
        return _refused(id, body, "the row has another id than its record")
    if not is_declared(store, record, body):
        return _refused(id, body, f"{record.type} is for the log itself to write")
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
