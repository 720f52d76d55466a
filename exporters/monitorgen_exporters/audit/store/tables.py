"""The tables of a log: the same names, columns and meaning in SQLite and in PostgreSQL.

The names begin with `audit_`, because the log may live beside the tables of the program that writes it, whose
transactions then hold a state change and its record together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["ACTED", "COLUMNS", "MIGRATIONS", "RECORD_COLUMNS", "TABLES", "VERSION", "Table", "statements"]

VERSION = 1
"""The version of the tables that this program writes; kept in `audit_state.version`."""

RECORD_COLUMNS = (
    "pos",
    "id",
    "ts",
    "type",
    "actor",
    "subject",
    "incident",
    "severity",
    "leaf",
    "chain",
    "body",
)
"""The columns of `audit_record`. Those from `id` to `severity` are copied from the body, for searching."""

ACTED = "substr(actor, 1, 7) <> 'system:'"
"""What a query for actors says, too, where none of them is the machine: then there is an index for it."""

_TEXT, _INT, _BYTES = "text", "int8", "bytea"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table that rows are added to: its columns in their order, and PostgreSQL's name of each type."""

    name: str
    columns: Mapping[str, str]


COLUMNS: Mapping[str, Mapping[str, str]] = {
    "audit_record": dict(zip(RECORD_COLUMNS, (_INT, *([_TEXT] * 7), _BYTES, _BYTES, _BYTES), strict=True)),
    "audit_node": {"level": _INT, "idx": _INT, "hash": _BYTES},
    "audit_checkpoint": {"origin": _TEXT, "size": _INT, "root": _BYTES, "note": _BYTES, "ts": _TEXT},
    "audit_outbox": {
        "anchor": _TEXT,
        "origin": _TEXT,
        "size": _INT,
        "note": _BYTES,
        "attempts": _INT,
        "next_try": _TEXT,
        "error": _TEXT,
        "done_ts": _TEXT,
    },
    "audit_intake": {"id": _TEXT, "ts": _TEXT, "body": _BYTES},
    "audit_personal": {"id": _TEXT, "field": _TEXT, "salt": _BYTES, "value": _BYTES},
    "audit_archive": {"from_pos": _INT, "to_pos": _INT, "path": _TEXT, "sha256": _TEXT, "ts": _TEXT},
    "audit_meta": {"key": _TEXT, "value": _TEXT},
}
"""The columns a row of each table is written with, and PostgreSQL's name of the type of each."""

TABLES: Mapping[str, Table] = {name: Table(name, columns) for name, columns in COLUMNS.items()}
"""The same as tables."""

_TABLES = (
    # One row. size, frontier and chain are those of the records that are committed with them.
    """CREATE TABLE audit_state (
        one {int} PRIMARY KEY CHECK (one = 1), version {int} NOT NULL, origin TEXT NOT NULL,
        size {int} NOT NULL, frontier {bytes} NOT NULL, chain {bytes} NOT NULL, first_body {int} NOT NULL)""",
    # pos is given by the sequencer, never by the database: numbers that a database hands out have gaps, and
    # their order is not the order of commits. body is NULL once it was pruned; leaf and chain stay.
    """CREATE TABLE audit_record (
        pos {int} PRIMARY KEY, id TEXT NOT NULL, ts TEXT NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL,
        subject TEXT NOT NULL, incident TEXT, severity TEXT NOT NULL,
        leaf {bytes} NOT NULL, chain {bytes} NOT NULL, body {bytes})""",
    "CREATE UNIQUE INDEX audit_record_id ON audit_record (id)",
    # What the machine does is most of a log: an index would take as long to write and find nothing sooner.
    "CREATE INDEX audit_record_actor ON audit_record (actor, pos) WHERE {acted}",
    "CREATE INDEX audit_record_incident ON audit_record (incident, pos) WHERE incident IS NOT NULL",
    # Hashes of the full subtrees of 256 leaves and more; those of smaller ones are quickly made again.
    """CREATE TABLE audit_node (
        level {int} NOT NULL, idx {int} NOT NULL, hash {bytes} NOT NULL,
        PRIMARY KEY (level, idx)){clustered}""",
    """CREATE TABLE audit_checkpoint (
        origin TEXT NOT NULL, size {int} NOT NULL, root {bytes} NOT NULL, note {bytes} NOT NULL,
        ts TEXT NOT NULL, PRIMARY KEY (origin, size))""",
    # What each anchor has yet to be told (done_ts is NULL), and what it was told.
    """CREATE TABLE audit_outbox (
        seq {serial}, anchor TEXT NOT NULL, origin TEXT NOT NULL, size {int} NOT NULL, note {bytes} NOT NULL,
        attempts {int} NOT NULL DEFAULT 0, next_try TEXT NOT NULL, error TEXT, done_ts TEXT)""",
    "CREATE INDEX audit_outbox_due ON audit_outbox (anchor, seq) WHERE done_ts IS NULL",
    # Records that are durable and not yet in the tree. seq orders them as far as that is possible.
    """CREATE TABLE audit_intake (
        seq {serial}, id TEXT NOT NULL UNIQUE, ts TEXT NOT NULL, body {bytes} NOT NULL)""",
    # What the commitments in the bodies commit to; a row goes when its value is erased.
    """CREATE TABLE audit_personal (
        id TEXT NOT NULL, field TEXT NOT NULL, salt {bytes} NOT NULL, value {bytes} NOT NULL,
        PRIMARY KEY (id, field))""",
    """CREATE TABLE audit_archive (
        from_pos {int} PRIMARY KEY, to_pos {int} NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
        ts TEXT NOT NULL)""",
    "CREATE TABLE audit_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

# They stop accidents, not attackers: who may write may drop them. Pruning sets a body to NULL, no more.
_SQLITE_TRIGGERS = (
    """CREATE TRIGGER audit_record_stays BEFORE DELETE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'records of an audit log are never deleted'); END""",
    """CREATE TRIGGER audit_record_unchanged BEFORE UPDATE ON audit_record
        WHEN NEW.body IS NOT NULL OR OLD.pos <> NEW.pos OR OLD.id <> NEW.id OR OLD.leaf <> NEW.leaf
            OR OLD.chain <> NEW.chain
        BEGIN SELECT RAISE(ABORT, 'records of an audit log are never changed'); END""",
)
_POSTGRES_TRIGGERS = (
    """CREATE FUNCTION audit_record_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'records of an audit log are never changed or deleted'; END$$""",
    """CREATE TRIGGER audit_record_stays BEFORE DELETE ON audit_record
        FOR EACH ROW EXECUTE FUNCTION audit_record_refuse()""",
    """CREATE TRIGGER audit_record_kept BEFORE TRUNCATE ON audit_record
        FOR EACH STATEMENT EXECUTE FUNCTION audit_record_refuse()""",
    """CREATE TRIGGER audit_record_unchanged BEFORE UPDATE ON audit_record FOR EACH ROW
        WHEN (NEW.body IS NOT NULL OR OLD.pos <> NEW.pos OR OLD.id <> NEW.id OR OLD.leaf <> NEW.leaf
            OR OLD.chain <> NEW.chain)
        EXECUTE FUNCTION audit_record_refuse()""",
)

_WORDS = {
    "sqlite": {
        "int": "INTEGER",
        "bytes": "BLOB",
        "serial": "INTEGER PRIMARY KEY",
        "clustered": " WITHOUT ROWID",
    },
    "postgres": {
        "int": "BIGINT",
        "bytes": "BYTEA",
        "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "clustered": "",
    },
}

MIGRATIONS: Mapping[int, Sequence[str]] = {}
"""For each version but the first, the statements that make its tables of those of the version before."""


def statements(dialect: str) -> list[str]:
    """The statements that make the tables, for the dialect `sqlite` or `postgres`."""
    triggers = _SQLITE_TRIGGERS if dialect == "sqlite" else _POSTGRES_TRIGGERS
    return [*(statement.format(acted=ACTED, **_WORDS[dialect]) for statement in _TABLES), *triggers]
