"""A desk with one notification, one action and one episode to plan effects for."""

from collections.abc import Iterator

import pytest

from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.effects import ACTION, HOOK
from tests.support.episodes import Desk, receiver_settings


@pytest.fixture
def desk(log_url: str) -> Iterator[Desk]:
    """Nothing follows from an alert but what a test plans; `pager` is told of what nobody knows."""
    settings = receiver_settings(
        notifications={"hook": HOOK, "pager": HOOK},
        actions={"restart": ACTION},
        unknown_notify=["pager"],
    )
    with Desk(log_url, settings) as desk:
        yield desk


@pytest.fixture
def episode(desk: Desk) -> Episode:
    """An open episode."""
    return desk.opened()
