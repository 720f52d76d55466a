"""A receiver's core and a real Alertmanager that posts to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.alertmanagers import Cluster, Core, running_cluster, running_core
from tests.support.servers import Generation


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    """A receiver without its API."""
    with running_core(tmp_path / "core") as core:
        yield core


@pytest.fixture
def cluster(core: Core, generation: Generation, tmp_path: Path) -> Iterator[Cluster]:
    """One Alertmanager of each generation that posts to it."""
    with running_cluster(generation, tmp_path / "cluster", core.url) as cluster:
        yield cluster
