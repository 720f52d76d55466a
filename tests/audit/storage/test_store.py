"""What a store is opened with, what it refuses, and how it says so."""

import stat
from contextlib import suppress
from pathlib import Path

import pytest

from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.personal import Opening, commit_to, opens
from monitorgen_exporters.audit.store import StoreError, create_store, migrate, open_store
from monitorgen_exporters.audit.store.errors import (
    AlreadyThere,
    Damaged,
    Gone,
    NotALog,
    NotFound,
    Refused,
    TooNew,
)
from monitorgen_exporters.audit.store.records import read_state

ORIGIN = "example.org/audit/test/1"


def test_a_log_is_made_once(log_url: str) -> None:
    create_store(log_url, ORIGIN).close()
    with pytest.raises(AlreadyThere, match="holds an audit log already"):
        create_store(log_url, "example.org/audit/other/1")
    with open_store(log_url, readonly=True) as store:
        assert read_state(store).origin == ORIGIN


def test_nothing_is_made_by_opening(tmp_path: Path, postgres_url: str) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        open_store(str(tmp_path / "log.db"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotALog, match="without an audit log"):
        open_store(postgres_url)


def test_a_database_without_a_log(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotALog, match="without an audit log"):
        open_store(str(tmp_path / "empty.db"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"this is no database at all" * 1000)
    for readonly in (False, True):
        with pytest.raises(Damaged, match="is not a SQLite database"):
            open_store(str(tmp_path / "x"), readonly=readonly)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Gone, match="folder must exist"):
        create_store(str(tmp_path / "none" / "log.db"), ORIGIN)


def test_paths_and_urls_name_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    create_store("log ?#%.db", ORIGIN).close()
    for url in ("sqlite:///log ?#%.db", f"sqlite:///{tmp_path}/log ?#%.db", f"{tmp_path}/log ?#%.db"):
        with open_store(url, readonly=True) as store, open_store(store.url, readonly=True) as again:
            assert read_state(again).origin == ORIGIN


@pytest.mark.parametrize("url", ["mysql://host/x", "sqlite://log.db", "sqlite:///", "http://x"])
def test_other_places(url: str) -> None:
    with pytest.raises(StoreError, match="is not the place of an audit log"):
        open_store(url)


def test_no_password_is_told() -> None:
    for url in (
        "postgresql://someone:hidden@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?user=someone&password=hidden",
        "postgresql://someone:hidden@[half/x",
    ):
        with pytest.raises(StoreError) as caught:
            open_store(url)
        assert "hidden" not in str(caught.value)


def test_what_is_opened_for_reading_cannot_write(log_url: str) -> None:
    create_store(log_url, ORIGIN).close()
    with open_store(log_url, readonly=True) as store:
        with pytest.raises(Refused, match="may not be written"):
            store.execute("UPDATE audit_state SET size = 5")
        with pytest.raises(Refused), store.transaction():
            store.insert("audit_meta", [("key", "value")])
        assert read_state(store).size == 0


def test_a_log_is_not_for_everybody(tmp_path: Path) -> None:
    AuditLog.create(str(tmp_path / "log.db"), origin=ORIGIN, background=False)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_accidents_are_refused(log_url: str) -> None:
    AuditLog.create(log_url, origin=ORIGIN).close()
    with open_store(log_url) as store:
        for accident in (
            "DELETE FROM audit_record",
            "UPDATE audit_record SET leaf = chain",
            "UPDATE audit_record SET id = 'x'",
            "UPDATE audit_record SET body = leaf",
        ):
            with pytest.raises(StoreError, match=r"never (changed|deleted)"):
                store.execute(accident)
        assert store.execute("UPDATE audit_record SET body = NULL") == 1  # which is what pruning does


def test_a_failed_transaction_leaves_nothing(log_url: str) -> None:
    create_store(log_url, ORIGIN).close()
    with open_store(log_url) as store:
        with suppress(ZeroDivisionError), store.transaction():
            store.insert("audit_meta", [("key", "value")])
            _ = 1 // 0
        assert store.query("SELECT * FROM audit_meta") == []
        with store.transaction():
            store.insert("audit_meta", [("key", "50 % of ?")])
        assert store.query("SELECT key FROM audit_meta WHERE value = ?", ["50 % of ?"]) == [("key",)]


def test_a_snapshot_is_of_one_moment(log_url: str) -> None:
    create_store(log_url, ORIGIN).close()
    with open_store(log_url, readonly=True) as reader, open_store(log_url) as writer:
        with reader.snapshot():
            assert reader.query("SELECT count(*) FROM audit_meta") == [(0,)]
            writer.insert("audit_meta", [("key", "value")])
            assert reader.query("SELECT count(*) FROM audit_meta") == [(0,)]
        assert reader.query("SELECT count(*) FROM audit_meta") == [(1,)]


def test_a_later_version_is_refused(log_url: str) -> None:
    create_store(log_url, ORIGIN).close()
    with open_store(log_url) as store:
        store.execute("UPDATE audit_state SET version = 99")
    for readonly in (False, True):
        with pytest.raises(TooNew, match="version 99"):
            open_store(log_url, readonly=readonly)


def test_an_earlier_version_is_brought_up_to_date(log_url: str) -> None:
    create_store(log_url, ORIGIN).close()
    steps = {2: ["CREATE TABLE audit_two (x BIGINT)"], 3: ["CREATE TABLE audit_three (x BIGINT)"]}
    with open_store(log_url) as store:
        with pytest.raises(Refused, match="open it for writing once"):
            migrate(store, readonly=True, newest=3, migrations=steps)
        with pytest.raises(StoreError):
            migrate(store, newest=3, migrations={**steps, 3: ["CREATE TABLE audit_two (x BIGINT)"]})
        migrate(store, newest=3, migrations=steps)
        migrate(store, newest=3, migrations=steps)
        assert store.query("SELECT count(*) FROM audit_two, audit_three") == [(0,)]
        assert store.query("SELECT version FROM audit_state") == [(3,)]


def test_postgres_waits_for_what_it_was_set_up_to_wait_for(postgres_url: str) -> None:
    create_store(postgres_url, ORIGIN).close()
    for asked, kept in (("off", "on"), ("local", "on"), ("remote_apply", "remote_apply"), ("on", "on")):
        with open_store(f"{postgres_url}&options=-csynchronous_commit%3D{asked}") as store:
            assert store.query("SELECT current_setting('synchronous_commit')") == [(kept,)]


def test_sqlite_flushes_each_commit(sqlite_url: str) -> None:
    create_store(sqlite_url, ORIGIN).close()
    with open_store(sqlite_url) as store:
        assert store.query("PRAGMA synchronous") == [(2,)]
        assert store.query("PRAGMA journal_mode") == [("wal",)]


def test_a_commitment_opens_with_its_own_salt_and_value_alone() -> None:
    (opening,) = commit_to({"data.name": "Älice"})
    (other,) = commit_to({"data.name": "Älice"})
    assert opens(opening, opening.commitment)
    assert opening.commitment != other.commitment
    assert not opens(Opening("data.name", other.salt, opening.value), opening.commitment)
    assert not opens(Opening("data.name", opening.salt, b'"Bob"'), opening.commitment)
    # A salt of another length could move the border between salt and value.
    moved = Opening("data.name", opening.salt + opening.value[:1], opening.value[1:])
    assert moved.commitment == opening.commitment
    assert not opens(moved, opening.commitment)


def test_a_personal_value_is_not_in_the_body() -> None:
    entry = new_entry(type="a.b", actor="a:b", subject="a:b", personal={"ip": "192.0.2.77"})
    assert b"192.0.2.77" not in entry.body
    assert entry.record.commitments == {"ip": entry.openings[0].commitment}
