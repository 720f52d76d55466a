"""A database that cannot be written for a while: 503, a line in the log, not ready; then all arrives."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from tests.support.postgres import Cluster, find_postgres, run_postgres
from tests.support.running import (
    Alertmanager,
    Receiver,
    agree,
    routed,
    running_alertmanager,
    running_receiver,
)
from tests.support.servers import Generation
from tests.support.waiting import wait_until

LINE = "deliveries refused, Alertmanager will send them again"


@contextmanager
def scene(
    generation: Generation, folder: Path, *, place: Path | None = None, **settings: Any
) -> Iterator[tuple[Receiver, Alertmanager]]:
    """A receiver whose world is the folder's, and an Alertmanager whose first alerts have arrived."""
    with (
        running_receiver(place or folder, start=False, **settings) as receiver,
        running_alertmanager(generation, folder / "am", routed(receiver.webhook)) as alertmanager,
    ):
        receiver.start([sys.executable, "-m", "tests.support.receiver_troubled", str(folder)])
        alertmanager.post(alerts("before"))
        agree(receiver, alertmanager)
        yield receiver, alertmanager
        assert receiver.stop() == 0
    receiver.check()


def alerts(name: str, number: int = 10) -> list[dict[str, str]]:
    """Some alerts, each in a group of its own."""
    return [{"alertname": name, "group": f"{name}-{n}"} for n in range(number)]


def not_ready(receiver: Receiver) -> str:
    """What it is not ready for, or nothing where it is; it is alive in any case."""
    assert requests.get(f"{receiver.url}/healthz", timeout=60).status_code == 200
    answer = requests.get(f"{receiver.url}/readyz", timeout=60)
    assert answer.status_code in (200, 503)
    return "" if answer.ok else answer.text


def refuses(receiver: Receiver, alertmanager: Alertmanager, why: str) -> None:
    """Returns once what fires meanwhile was refused, and people can know why."""
    alertmanager.post(alerts("meanwhile"), annotations={"text": "x" * 10_000})
    wait_until(lambda: receiver.answered().get("503", 0) > 10)
    wait_until(lambda: why in not_ready(receiver))
    assert any(LINE in line and why in line for line in receiver.logs().splitlines())


def recovers(receiver: Receiver, alertmanager: Alertmanager) -> None:
    """Returns once everything has arrived, and what comes later does too."""
    wait_until(lambda: not not_ready(receiver))
    assert len(receiver.logs().splitlines()) < 50
    agree(receiver, alertmanager)
    alertmanager.post(alerts("after"))
    alertmanager.resolve(alerts("before"))
    agree(receiver, alertmanager)
    assert (LINE in receiver.logs()) == ("deliveries are kept again" in receiver.logs())


def test_no_room_in_the_database(generation: Generation, tmp_path: Path) -> None:
    with scene(generation, tmp_path) as (receiver, alertmanager):
        (tmp_path / "full").touch()
        before = receiver.seen()
        refuses(receiver, alertmanager, "no room left")
        assert receiver.seen() == before
        (tmp_path / "full").unlink()
        recovers(receiver, alertmanager)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("no file system can be mounted here: a full disk is SQLite's own limit alone")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(file: Path) -> None:
    """Writes to a file until there is no room any more, and raises the OSError that says so."""
    with file.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)


def test_no_room_on_the_disk(small_disk: Path, generation: Generation, tmp_path: Path) -> None:
    with scene(generation, tmp_path, place=small_disk) as (receiver, alertmanager):
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            fill(filler)
        refuses(receiver, alertmanager, "no room left")
        filler.unlink()
        recovers(receiver, alertmanager)


def test_another_process_holds_the_database(generation: Generation, tmp_path: Path) -> None:
    with (
        scene(generation, tmp_path) as (receiver, alertmanager),
        closing(sqlite3.connect(tmp_path / "receiver.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        refuses(receiver, alertmanager, "Another process is writing")
        other.execute("ROLLBACK")
        recovers(receiver, alertmanager)


def test_a_disk_that_takes_its_time(generation: Generation, tmp_path: Path) -> None:
    with scene(generation, tmp_path) as (receiver, alertmanager):
        (tmp_path / "slow").write_text("1.5")
        for name in ("one", "two", "three"):
            alertmanager.post(alerts(name, 100))
        agree(receiver, alertmanager)
        (tmp_path / "slow").unlink()
        recovers(receiver, alertmanager)


def test_a_database_server_that_is_gone_and_comes_back(generation: Generation, tmp_path: Path) -> None:
    if (found := find_postgres()) is None:
        pytest.skip("PostgreSQL is not in .servers/postgresql and not installed: run scripts/postgresql")
    with (
        run_postgres(found) as postgres,
        scene(generation, tmp_path, log=postgres.database()) as (receiver, alertmanager),
    ):
        postgres.crash()
        refuses(receiver, alertmanager, "onnection")
        postgres.start()
        recovers(receiver, alertmanager)


def test_who_waits_for_the_database_keeps_nobody_else_waiting(
    postgres: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    name = urlsplit(postgres_url).path[1:]
    waits = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"  # noqa: S608
    with (
        running_receiver(tmp_path, log=postgres_url) as receiver,
        psycopg.connect(postgres_url) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("LOCK TABLE receiver_effect IN ACCESS EXCLUSIVE MODE")
        metrics = pool.submit(requests.get, f"{receiver.url}/metrics", timeout=120)
        wait_until(lambda: postgres.run(waits))
        assert requests.get(f"{receiver.url}/healthz", timeout=120).status_code == 200
        assert receiver.post(b"none").status_code == 400
        assert not metrics.done()
        other.rollback()
        assert metrics.result().status_code == 200
