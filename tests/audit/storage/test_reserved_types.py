"""What the log says of itself nobody else can say: a false word of that would be tampering for good."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from monitorgen_exporters.audit.declared import RECORD_ERASED, Erased
from monitorgen_exporters.audit.entry import Entry, new_entry
from monitorgen_exporters.audit.intake import append_in, append_to
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import BadRecord, decode
from monitorgen_exporters.audit.stamps import uuid7
from monitorgen_exporters.audit.store import open_store
from tests.support.whole_log import check_whole

RESERVED = ["log.pruned", "log.created", "log.refused", "log.anything", "record.erased", "key.rotated"]


@pytest.fixture
def log(log_url: str) -> Iterator[AuditLog]:
    with AuditLog.create(log_url, origin="example.org/audit/test/1", background=False) as made:
        yield made


def entry(type: str, data: Any = None) -> Entry:
    return new_entry(type=type, actor="user:mallory", subject="log:x", data=data)


def types(url: str) -> list[str]:
    check_whole(url)
    with open_store(url, readonly=True) as store:
        return [type for (type,) in store.query("SELECT type FROM audit_record ORDER BY pos")]


def marks(url: str) -> int:
    with open_store(url, readonly=True) as store:
        ((count,),) = store.query("SELECT count(*) FROM audit_meta")
        return int(count)


@pytest.mark.parametrize("type", RESERVED)
def test_appending_refuses_it(log_url: str, log: AuditLog, type: str) -> None:
    with pytest.raises(BadRecord, match=f"{type} is for the log itself"):
        log.append(type=type, actor="user:mallory", subject="log:x")
    for given in (entry(type), entry(type).record):
        with pytest.raises(BadRecord, match="for the log itself"):
            log.append_many([entry("alert.firing"), given])
    assert types(log_url) == ["log.created"]


@pytest.mark.parametrize("type", RESERVED)
def test_a_callers_transaction_refuses_it(log_url: str, log: AuditLog, type: str) -> None:
    connection: Any = (
        sqlite3.connect(log_url.removeprefix("sqlite:///"))
        if log_url.startswith("sqlite")
        else psycopg.connect(log_url)
    )
    with closing(connection):
        with pytest.raises(BadRecord, match="for the log itself"):
            append_in(connection, [entry("alert.firing"), entry(type)])
        connection.commit()
    log.tend()
    assert types(log_url) == ["log.created"]


@pytest.mark.parametrize("type", RESERVED)
def test_a_row_of_others_becomes_a_record_of_its_refusal(log_url: str, log: AuditLog, type: str) -> None:
    false = entry(type, {"from_pos": 0, "to_pos": 1})
    with open_store(log_url) as store:
        store.execute(
            "INSERT INTO audit_intake (id, ts, body) VALUES (?, ?, ?)",
            (false.record.id, false.record.ts, false.body),
        )
    log.tend()
    assert types(log_url) == ["log.created", "log.refused"]
    with open_store(log_url, readonly=True) as store:
        ((body,),) = store.query("SELECT body FROM audit_record WHERE pos = 1")
    data = decode(body).data
    assert (data["id"], data["reason"]) == (false.record.id, f"{type} is for the log itself to write")


def test_the_logs_own_word_comes_through_the_intake_once(log_url: str, log: AuditLog) -> None:
    said = entry(RECORD_ERASED, Erased(uuid7(), ("email",), "asked").data())
    with AuditLog.open(log_url, background=False) as beside:
        assert not beside.status().sequencing
        beside.declare([said])
        beside.declare([said])
    assert marks(log_url) == 1
    log.tend()
    assert (types(log_url), marks(log_url)) == (["log.created", RECORD_ERASED], 0)


def test_a_mark_is_of_one_body(log_url: str, log: AuditLog) -> None:
    said, other = entry("log.pruned"), entry("log.pruned", {"n": 1})
    with open_store(log_url) as store:
        append_to(store, [said])
        other_body = other.body.replace(other.record.id.encode(), said.record.id.encode())
        store.execute("UPDATE audit_intake SET body = ?", (other_body,))
    log.tend()
    assert types(log_url) == ["log.created", "log.refused"]
