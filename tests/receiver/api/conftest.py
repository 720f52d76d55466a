"""A running receiver, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Cluster
from tests.support.receiver_api import Api, alert, running_api, settings_of


@pytest.fixture
def api(log_url: str, tmp_path: Path) -> Iterator[Api]:
    """A receiver with nothing in it."""
    with running_api(settings_of(log_url, tmp_path)) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def read_only(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A receiver with some alerts, for tests that change nothing: all of a module share it."""
    folder: Path = tmp_path_factory.mktemp("receiver")
    url = f"sqlite:///{folder / 'log.db'}"
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.database()
    with running_api(settings_of(url, folder)) as running:
        running.deliver(
            alert("WebDown", service="web", team="core", region="eu"),
            alert("DiskFull", service="db", team="data", severity="warning"),
            alert("NoTeam", quote='say "hi", {you}'),
        )
        running.deliver(alert("DiskFull", "resolved", service="db", team="data", severity="warning"))
        yield running
