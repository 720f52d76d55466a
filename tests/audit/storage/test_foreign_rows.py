"""Rows that somebody else put into the intake: none stops the log, each leaves a record of its refusal."""

import sqlite3

import pytest

from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.store import open_store


@pytest.mark.parametrize(
    "values",
    [
        "x'00ff', 't', x'00'",
        "'a', 't', 'text'",
        "CAST(x'ff' AS TEXT), 't', x'00'",
        "char(0), 't', CAST(x'ff' AS TEXT)",
        "5, 't', 6",
        "'', '', ''",
        "x'', x'', zeroblob(300000)",
    ],
)
def test_a_row_that_is_no_record_becomes_a_record_of_that(sqlite_url: str, values: str) -> None:
    with AuditLog.create(sqlite_url, origin="example.org/audit/main/1", background=False) as log:
        foreign = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
        with foreign:
            foreign.execute(f"INSERT INTO audit_intake (id, ts, body) VALUES ({values})")  # noqa: S608
        foreign.close()
        log.append(type="alert.firing", actor="user:alice", subject="alert:A")
        log.tend()
        assert log.status().waiting == 0
        assert log.size == 3
    with open_store(sqlite_url, readonly=True) as store:
        bodies = store.query("SELECT body FROM audit_record ORDER BY pos")
    types = [decode(body).type for (body,) in bodies]
    assert sorted(types) == ["alert.firing", "log.created", "log.refused"]
