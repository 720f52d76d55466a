"""A running receiver, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.receiver_api import Api, running_api, settings_of


@pytest.fixture
def api(log_url: str, tmp_path: Path) -> Iterator[Api]:
    """A receiver with nothing in it."""
    with running_api(settings_of(log_url, tmp_path)) as running:
        yield running
