"""The servers that the pages are tried with: the newest."""

import pytest

from tests.conftest import servers_required
from tests.support.servers import Generation, generations
from tests.support.tally import record_use


@pytest.fixture(scope="session")
def newest() -> Generation:
    """The newest generation of servers."""
    for found in generations():
        if found.name == "newest":
            record_use(found)
            return found
    missing = "the newest servers are not in .servers/newest: run scripts/servers"
    if servers_required():
        pytest.fail(missing)
    pytest.skip(missing)
