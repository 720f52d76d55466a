"""Places that are no log, and logs that cannot be opened: each is told for what it is."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.store import create_store, open_store
from monitorgen_exporters.audit.store.errors import Full, Gone, Refused, TableMissing
from monitorgen_exporters.audit.store.sqlite_errors import told

ORIGIN = "example.org/audit/test/1"


@pytest.mark.parametrize("readonly", [False, True])
def test_what_is_no_file(tmp_path: Path, readonly: bool) -> None:
    with pytest.raises(Refused, match="is a directory: name the file"):
        open_store(str(tmp_path), readonly=readonly)
    with pytest.raises(Refused, match="is no regular file"):
        open_store("/dev/null", readonly=readonly)


def test_no_log_is_made_there_either(tmp_path: Path) -> None:
    for place, why in ((tmp_path, "is a directory"), (Path("/dev/null"), "is no regular file")):
        with pytest.raises(Refused, match=why):
            create_store(str(place), ORIGIN)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an account without rights can look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def without_rights(folder: Path) -> Iterator[Path]:
    """The path of a log that this process may not read, though it may its folder."""
    path = folder / "log.db"
    create_store(str(path), ORIGIN).close()
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield path
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_may_not_be_read(without_rights: Path, readonly: bool) -> None:
    with pytest.raises(Refused, match=r"log.db may not be read by this process"):
        open_store(str(without_rights), readonly=readonly)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (sqlite3.SQLITE_IOERR_READ, Gone, "disk or its file system failed"),
        (sqlite3.SQLITE_IOERR, Gone, "disk or its file system failed"),
        (sqlite3.SQLITE_IOERR_WRITE, Full, "no room left"),
    ],
)
def test_a_full_disk_is_not_why_reading_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception], said: str
) -> None:
    monkeypatch.setattr("monitorgen_exporters.audit.store.sqlite_errors._no_room", lambda _: True)
    problem = sqlite3.OperationalError("disk I/O error")
    problem.sqlite_errorcode = code
    made = told(problem, tmp_path / "log.db")
    assert (type(made), said in str(made)) == (kind, True)


@pytest.mark.parametrize("table", ["audit_state", "audit_record", "audit_intake"])
def test_a_log_that_lost_a_table(log_url: str, table: str) -> None:
    AuditLog.create(log_url, origin=ORIGIN, background=False).close()
    with open_store(log_url) as store:
        store.execute(f"DROP TABLE {table}")
    with pytest.raises(TableMissing, match=f"the table {table} is missing"):
        AuditLog.open(log_url, background=False).status()
