"""A receiver's database, with its audit log, on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.work import Recorder
from tests.support.postgres import Cluster, find_postgres, run_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL with nothing in it; `postgres.database()` gives the URL of a new database."""
    found = find_postgres()
    if found is None:
        missing = "PostgreSQL is not in .servers/postgresql and not installed: run scripts/postgresql"
        if (os.environ.get("MONITORGEN_REQUIRE_SERVERS") or os.environ.get("CI", "")).lower() in (
            "1",
            "true",
            "yes",
        ):
            pytest.fail(missing)
        pytest.skip(missing)
    with run_postgres(found) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place without a log in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.db'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty database of a receiver; nothing follows from its events."""
    log = AuditLog.create(url, origin="acme/audit/test/1", background=False)
    database = Database(log, url, Recorder(Filters()), lambda *_: None)
    yield database
    database.close()
