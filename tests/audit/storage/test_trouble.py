"""A full disk, a locked database, a connection that goes away: nothing is half kept, and the log goes on."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import Record, new_record
from monitorgen_exporters.audit.store import create_store, open_store
from monitorgen_exporters.audit.store.errors import Full, Gone, Locked, NoMemory
from monitorgen_exporters.audit.store.sqlite import SQLiteStore
from tests.support.postgres import Cluster
from tests.support.waiting import wait_until
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


def records(count: int, size: int = 500) -> list[Record]:
    return [new_record("a.b", "a:b", f"n:{number}", {"text": "x" * size}) for number in range(count)]


def fill(log: AuditLog) -> list[str]:
    """Appends until there is no room; gives what was acknowledged, which must be what the log holds."""
    kept: list[str] = []
    try:
        while True:
            kept += log.append_many(records(50))
    except Full:
        pass
    with pytest.raises(Full, match="no room left"):
        log.append_many(records(50, size=5000))
    assert log.size == 1 + len(kept)
    return kept


def test_a_limit_of_pages(sqlite_url: str) -> None:
    store = create_store(sqlite_url, ORIGIN)
    store.query("PRAGMA max_page_count = 200")
    log = AuditLog(store, background=False)
    log.append_many(records(1))
    kept = fill(log)
    store.query("PRAGMA max_page_count = 4000")
    more = log.append_many(records(50))
    log.close()
    assert check_whole(sqlite_url)[1:] == kept + more


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system in memory of so many megabytes, where this account may mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_of_sqlite(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        url = f"sqlite:///{disk / 'log.db'}"
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1 << 20))
        log = AuditLog.create(url, origin=ORIGIN, background=False)
        kept = fill(log)
        ballast.unlink()
        more = log.append_many(records(50))
        log.close()
        assert check_whole(url)[1:] == kept + more


def test_a_full_disk_of_postgres(postgres: Cluster) -> None:
    with small_disk(postgres.folder / "small", 16) as disk:
        place = disk / "space"
        place.mkdir()
        if os.geteuid() == 0:
            os.chown(place, postgres.folder.stat().st_uid, postgres.folder.stat().st_gid)
        postgres.run(f"CREATE TABLESPACE small LOCATION '{place}'")
        postgres.run("CREATE DATABASE small")
        url = postgres.url("small")
        try:
            postgres.run("ALTER DATABASE small SET default_tablespace = small")
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(4 << 20))
            log = AuditLog.create(url, origin=ORIGIN, background=False)
            kept = fill(log)
            ballast.unlink()
            more = log.append_many(records(50))
            log.close()
            assert check_whole(url)[1:] == kept + more
        finally:
            postgres.run("DROP DATABASE small WITH (FORCE)")
            postgres.run("DROP TABLESPACE small")


def test_a_database_that_another_process_holds(sqlite_url: str, tmp_path: Path) -> None:
    AuditLog.create(sqlite_url, origin=ORIGIN).close()
    log = AuditLog(SQLiteStore(tmp_path / "log.db", readonly=False, create=False, wait=0.2), background=False)
    holder = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked, match="Another process is writing"):
        log.append_many(records(3))
    holder.execute("ROLLBACK")
    holder.close()
    kept = log.append_many(records(3))
    log.close()
    assert check_whole(sqlite_url)[1:] == kept


def test_a_table_that_another_session_holds(postgres_url: str) -> None:
    AuditLog.create(postgres_url, origin=ORIGIN).close()
    store = open_store(postgres_url)
    log = AuditLog(store, background=False)
    store.execute("SET lock_timeout = '200ms'")
    with psycopg.connect(postgres_url) as holder:
        holder.execute("LOCK TABLE audit_record IN EXCLUSIVE MODE")
        with pytest.raises(Locked, match="Another session"):
            log.append_many(records(3))
    kept = log.append_many(records(3))
    log.close()
    assert check_whole(postgres_url)[1:] == kept


def test_a_server_that_is_out_of_memory(postgres_url: str) -> None:
    AuditLog.create(postgres_url, origin=ORIGIN).close()
    with open_store(postgres_url) as store:
        # The table of locks is of a fixed size, and all sessions share it.
        with pytest.raises(NoMemory, match="no memory left") as told, store.transaction():
            store.query("SELECT pg_advisory_xact_lock(n) FROM generate_series(1, 1000000) n")
        assert "no room" not in str(told.value)
        assert store.query("SELECT size FROM audit_state") == [(1,)]


def test_a_connection_that_is_cut_is_made_again(postgres: Cluster) -> None:
    url = postgres.database()
    name = f"test{postgres.databases}"
    log = AuditLog.create(url, origin=ORIGIN, background=False)
    kept = []
    for _ in range(4):
        kept += log.append_many(records(3))
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
        wait_until(lambda: (name,) not in postgres.run("SELECT datname FROM pg_stat_activity"))
    kept += log.append_many(records(3))
    log.close()
    assert check_whole(url)[1:] == kept


def test_a_server_that_is_away_and_comes_back(postgres: Cluster) -> None:
    url = postgres.database()
    log = AuditLog.create(url, origin=ORIGIN)
    some = records(3)
    postgres.crash()
    try:
        for _ in range(2):
            with pytest.raises(Gone, match=r"No connection|is gone"):
                log.append_many(some)
        wait_until(lambda: log._troubles.first)
    finally:
        postgres.start()
    again = log.append_many(some)  # whoever was refused may say it again
    wait_until(lambda: log.status().trouble is None)
    log.close()
    assert check_whole(url)[1:] == again
