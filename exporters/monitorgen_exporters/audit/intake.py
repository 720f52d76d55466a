"""The way into a log for everybody but its sequencer: rows that are durable, and wait for their place.

A program that keeps its own tables in the log's database appends within its own transaction, so that a change
and its record are kept together or not at all. Rows wait in `audit_intake`; whoever is the log's sequencer
moves them into the tree, usually within a second.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from monitorgen_exporters.audit.entry import Entry, IdTaken, entry_of, repeats
from monitorgen_exporters.audit.record import Record, now
from monitorgen_exporters.audit.store import Row, Store

if TYPE_CHECKING:
    import psycopg

__all__ = ["Waiting", "append_in", "append_to", "waiting"]

# Neither a record that waits nor one that has its place is taken in again.
_RECORD = """INSERT INTO audit_intake (id, ts, body) SELECT ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM audit_record WHERE id = ?) ON CONFLICT (id) DO NOTHING"""
_PERSONAL = "INSERT INTO audit_personal (id, field, salt, value) VALUES (?, ?, ?, ?)"
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
    passed over; IdTaken is raised where another one has its id, and BadRecord for one that is too long. Other
    errors are those of the connection's own library.
    """
    if isinstance(connection, sqlite3.Connection):
        lite = connection.cursor()
        lite.row_factory = None  # rows of the caller's own kind could not be taken apart
        return _append(
            lambda sql, parameters: lite.execute(sql, parameters).rowcount,
            lambda sql, parameters: lite.execute(sql, parameters).fetchall(),
            records,
        )
    from psycopg.rows import tuple_row

    with connection.cursor(row_factory=tuple_row) as cursor:
        return _append(
            lambda sql, parameters: cursor.execute(_marked(sql), parameters).rowcount,
            lambda sql, parameters: cursor.execute(_marked(sql), parameters).fetchall(),
            records,
        )


def append_to(store: Store, records: Iterable[Record | Entry]) -> list[str]:
    """Adds records through the intake, in a transaction of their own; durable when it returns their ids.

    Raises as `append_in` does, and StoreError.
    """
    with store.transaction():
        return _append(store.execute, store.query, records)


def waiting(store: Store) -> Waiting:
    """What waits in the intake."""
    ((count, since),) = store.query("SELECT count(*), min(ts) FROM audit_intake")
    return Waiting(count, since)


def _append(change: _Change, ask: _Ask, records: Iterable[Record | Entry]) -> list[str]:
    ids = []
    arrived = now()
    for given in records:
        entry = given if isinstance(given, Entry) else entry_of(given)
        id = entry.record.id
        if change(_RECORD, (id, arrived, entry.body, id)):
            for opening in entry.openings:
                change(_PERSONAL, (id, *opening))
        # A body that was pruned cannot be compared; whoever repeats it means the same record.
        elif not any(body is None or repeats(entry, body) for (body,) in ask(_THERE, (id, id))):
            raise IdTaken(id)
        ids.append(id)
    return ids


def _marked(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()
