"""A desk with one notification, one action and one episode to plan effects for; and a scene."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.effect_scene import Scene
from tests.support.effect_scene import scene as scene_at
from tests.support.effects import ACTION, HOOK
from tests.support.episodes import Desk, receiver_settings
from tests.support.outbox_killed import Forks, forks


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


@pytest.fixture(scope="module")
def killed() -> Iterator[Forks]:
    """Where runners are run and killed."""
    with forks() as running:
        yield running


@pytest.fixture
def scene(log_url: str, tmp_path: Path) -> Iterator[Scene]:
    """An outbox on each kind of database, and a world that counts."""
    with scene_at(log_url, tmp_path) as scene:
        yield scene
