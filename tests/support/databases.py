"""Fixtures of places for logs: a test that takes `log_url` runs once on SQLite and once on PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'log.db'}"


@pytest.fixture
def postgres_url(postgres: Cluster) -> str:
    """The URL of an empty PostgreSQL database of the test's own."""
    return postgres.database()


@pytest.fixture(params=["sqlite", "postgres"])
def log_url(request: pytest.FixtureRequest) -> str:
    """A place without a log in it: a SQLite file, then a PostgreSQL database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
