"""Whatever stands in the tables, the verifier ends with a report or says what it cannot read."""

import sqlite3
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.proving import Unprovable, prove
from monitorgen_exporters.audit.store import StoreError, open_store
from monitorgen_exporters.audit.store.tables import COLUMNS
from monitorgen_exporters.audit.verify.as_json import as_json
from monitorgen_exporters.audit.verify.text import lines
from tests.audit.verifier.logs import ORIGIN, FakeAnchor, Log, sample, sighting

PLACES = [(table, column) for table in COLUMNS for column in COLUMNS[table]] + [
    ("audit_state", column) for column in ("version", "origin", "size", "frontier", "chain", "first_body")
]
VALUES = (None, b"", b"\xff" * 32, "", "x" * 32, "ä\x00\x1b", -1, 7, 1.5, 2**62, -(2**62), float("inf"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with something in every table, in one file, whose tables take any type."""
    path = tmp_path_factory.mktemp("any") / "log.db"
    log = sample(f"sqlite:///{path}", (300, 2, 4))
    id_ = log.append(1)[0]
    with log.attacked() as store:
        store.insert("audit_personal", [(id_, "name", bytes(32), b'"ann"')])
        store.insert("audit_intake", [("x", "2026-11-21T14:06:54.123456Z", b"{}")])
        store.insert("audit_archive", [(0, 256, "x", "x", "x")])
        store.insert("audit_meta", [("x", "x")])
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    for words in ("NOT NULL", "UNIQUE"):
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, '') WHERE type = 'table' AND name LIKE 'audit_%' "
            "AND name NOT IN ('audit_node', 'audit_intake')",
            [words],
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.mark.parametrize(("table", "column"), PLACES, ids=lambda part: part)
@pytest.mark.parametrize("every", [True, False])
def test_any_value_in_any_column(whole: Path, tmp_path: Path, table: str, column: str, every: bool) -> None:
    path = tmp_path / "log.db"
    for value in VALUES:
        path.write_bytes(whole.read_bytes())
        for beside in ("-wal", "-shm"):
            Path(f"{path}{beside}").unlink(missing_ok=True)
        log = Log(f"sqlite:///{path}")
        connection = sqlite3.connect(path, isolation_level=None)
        for name in ("audit_record_stays", "audit_record_unchanged"):
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        one = "" if every else f" WHERE rowid = (SELECT max(rowid) FROM {table})"  # noqa: S608
        if table == "audit_node" and not every:
            one = " WHERE idx = 0"
        try:
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?{one}", [value])  # noqa: S608
        except sqlite3.IntegrityError:
            continue
        finally:
            connection.close()
        anchor = FakeAnchor([sighting(Checkpoint(ORIGIN, 302, bytes(32)))])
        try:
            for hashes_only in (False, True):
                report = log.verify(anchors=[anchor], hashes_only=hashes_only)
                said = "".join(line.text for line in lines(report))
                assert as_json(report)
        except StoreError as problem:
            said = str(problem)
        try:
            with open_store(log.url, readonly=True) as store:
                prove(store, "5", log.trust)
        except (StoreError, Unprovable) as problem:
            said = str(problem)
        assert said
