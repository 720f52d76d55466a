"""A desk: a receiver's database whose clock is the test's, on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.support.episodes import Desk


@pytest.fixture
def desk(log_url: str) -> Iterator[Desk]:
    """Nothing is configured: nobody is told, nothing is waited for."""
    with Desk(log_url) as desk:
        yield desk
