"""The way into a log for everybody but its sequencer: rows that are durable, and wait for their place.

A program that keeps its own tables in the log's database appends within its own transaction, so that a change
and its record are kept together or not at all. Rows wait in `audit_intake`; whoever is the log's sequencer
moves them into the tree, usually within a second.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from monitorgen_exporters.audit.declared import is_reserved, refuse_reserved
from monitorgen_exporters.audit.entry import Entry, IdTaken, entry_of, repeats
from monitorgen_exporters.audit.record import Record
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Row, Store

if TYPE_CHECKING:
    import psycopg

__all__ = ["Waiting", "append_in", "append_to", "append_within", "forget_declared", "is_declared", "waiting"]

# Neither a record that waits nor one that has its place is taken in again.
_RECORD = """INSERT INTO audit_intake (id, ts, body) SELECT ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM audit_record WHERE id = ?) ON CONFLICT (id) DO NOTHING"""
_PERSONAL = "INSERT INTO audit_personal (id, field, salt, value) VALUES (?, ?, ?, ?)"
# The log's own word of itself comes this way, too, when another process is the sequencer. Beside its row
# stands which body it has, in a table that those who may only add to the intake cannot write.
_DECLARED = "INSERT INTO audit_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
_THERE = """SELECT body FROM audit_record WHERE id = ? UNION ALL SELECT body FROM audit_intake WHERE id = ?"""

_Change: TypeAlias = Callable[[str, Sequence[object]], int]
"""Runs a statement and gives the number of rows it changed."""
_Ask: TypeAlias = Callable[[str, Sequence[object]], list[Row]]
"""Runs a SELECT and gives its rows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many records wait for their place in the tree, and since when the oldest does (None: no record)."""

    count: int
    since: str | None


def append_in(
    connection: "sqlite3.Connection | psycopg.Connection[Any]", records: Iterable[Record | Entry]
) -> list[str]:
    """Adds records within whatever transaction the caller's connection is in, and returns their ids.

    The connection is one of sqlite3 or psycopg, to the database that holds the log. The records are in the
    log once the caller commits, and never were if the caller rolls back. A record that is there already is
    passed over; IdTaken is raised where another one has its id, and BadRecord for one that is too long or of
    a type that the log keeps to itself. Other errors are those of the connection's own library.
    """
    entries = [given if isinstance(given, Entry) else entry_of(given) for given in records]
    for entry in entries:
        refuse_reserved(entry.record.type)
    if isinstance(connection, sqlite3.Connection):
        lite = connection.cursor()
        lite.row_factory = None  # rows of the caller's own kind could not be taken apart
        return _append(
            lambda sql, parameters: lite.execute(sql, parameters).rowcount,
            lambda sql, parameters: lite.execute(sql, parameters).fetchall(),
            entries,
        )
    from psycopg.rows import tuple_row

    with connection.cursor(row_factory=tuple_row) as cursor:
        return _append(
            lambda sql, parameters: cursor.execute(_marked(sql), parameters).rowcount,
            lambda sql, parameters: cursor.execute(_marked(sql), parameters).fetchall(),
            entries,
        )


def append_to(store: Store, records: Iterable[Record | Entry]) -> list[str]:
    """Adds records through the intake, in a transaction of their own; durable when it returns their ids.

    For the log's own use: what is of a type that the log keeps to itself is passed on as the log's own word.
    Raises IdTaken, BadRecord for a record that is too long, and StoreError.
    """
    entries = [given if isinstance(given, Entry) else entry_of(given) for given in records]
    with store.transaction():
        return append_within(store, entries)


def append_within(store: Store, entries: Iterable[Entry]) -> list[str]:
    """As `append_to`, within a transaction that the caller has begun."""
    return _append(store.execute, store.query, entries)


def is_declared(store: Store, record: Record, body: bytes) -> bool:
    """Whether a row of the intake may be of its type: some may only where the log itself put it there."""
    return not is_reserved(record.type) or bool(
        store.query("SELECT 1 FROM audit_meta WHERE key = ? AND value = ?", _mark(record.id, body))
    )


def forget_declared(store: Store, entries: Iterable[Entry]) -> None:
    """Lets go of what `is_declared` looks at, once the rows have left the intake."""
    if marks := [_mark(entry.record.id, entry.body) for entry in entries if is_reserved(entry.record.type)]:
        with store.transaction():
            for mark in marks:
                store.execute("DELETE FROM audit_meta WHERE key = ? AND value = ?", mark)


def waiting(store: Store) -> Waiting:
    """What waits in the intake."""
    ((count, since),) = store.query("SELECT count(*), min(ts) FROM audit_intake")
    return Waiting(count, since)


def _append(change: _Change, ask: _Ask, entries: Iterable[Entry]) -> list[str]:
    ids = []
    arrived = now()
    for entry in entries:
        id = entry.record.id
        if change(_RECORD, (id, arrived, entry.body, id)):
            for opening in entry.openings:
                change(_PERSONAL, (id, *opening))
            if is_reserved(entry.record.type):
                change(_DECLARED, _mark(id, entry.body))
        # A body that was pruned cannot be compared; whoever repeats it means the same record.
        elif not any(body is None or repeats(entry, body) for (body,) in ask(_THERE, (id, id))):
            raise IdTaken(id)
        ids.append(id)
    return ids


def _mark(id: str, body: bytes) -> tuple[str, str]:
    return f"declared {id}", sha256(body).hexdigest()


def _marked(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()
