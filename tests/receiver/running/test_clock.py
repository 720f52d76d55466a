"""A clock set back and forth: no alert is lost, none is there twice, and timers do not stand still."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

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

HOUR, YEAR = 3600.0, 365 * 86400.0


@contextmanager
def scene(generation: Generation, folder: Path, **settings: Any) -> Iterator[tuple[Receiver, Alertmanager]]:
    """A receiver whose clock shows as many seconds more as the file `clock` says."""
    with (
        running_receiver(folder, start=False, **settings) as receiver,
        running_alertmanager(generation, folder / "am", routed(receiver.webhook)) as alertmanager,
    ):
        receiver.start([sys.executable, "-m", "tests.support.receiver_troubled", str(folder)])
        yield receiver, alertmanager
        assert receiver.stop() == 0
    receiver.check()


@pytest.mark.parametrize("steps", [(-HOUR, HOUR), (HOUR, -HOUR), (YEAR, 0.0), (-YEAR, 0.0)])
def test_alerts_come_and_go_whatever_it_shows(
    steps: tuple[float, float], generation: Generation, tmp_path: Path
) -> None:
    with scene(generation, tmp_path) as (receiver, alertmanager):
        fired: list[list[dict[str, str]]] = []
        for number, seconds in enumerate((0.0, *steps, 0.0)):
            (tmp_path / "clock").write_text(str(seconds))
            for old in fired[-1:]:
                alertmanager.resolve(old)
            alerts = [{"alertname": f"Step{number}", "group": f"{number}-{n}"} for n in range(5)]
            fired.append(alerts)
            alertmanager.post(alerts)
            agree(receiver, alertmanager)
        alertmanager.resolve(fired[-1])
        wait_until(lambda: not receiver.open())
        assert len(receiver.episodes()) == 20
        assert {episode.reopened for episode in receiver.episodes()} == {0}


@pytest.mark.parametrize("back", [-HOUR, -YEAR])
def test_what_fires_is_one_alert_however_often_it_is_told(
    back: float, generation: Generation, tmp_path: Path
) -> None:
    with scene(generation, tmp_path) as (receiver, alertmanager):
        steady = {"alertname": "Steady", "group": "steady"}
        alertmanager.post([steady])
        for number, seconds in enumerate((0.0, back, -back, 0.0)):
            (tmp_path / "clock").write_text(str(seconds))
            # Another alert of its group: it is told again, too.
            alertmanager.post([{"alertname": f"Beside{number}", "group": "steady"}])
            agree(receiver, alertmanager)
        (episode,) = (each for each in receiver.episodes() if each.alertname == "Steady")
        assert episode.is_open
        assert (episode.reopened, episode.doubt) == (0, 0)
        assert receiver.query("SELECT type FROM receiver_event WHERE episode = ?", episode.id) == [
            ("opened",)
        ]


def test_a_timeout_comes_once_though_the_clock_leaps(generation: Generation, tmp_path: Path) -> None:
    settings = {
        "acknowledgement": {"timeout": "1h", "reminder": "1h", "reminders": 1, "notify": ["oncall"]},
        "notifications": {"oncall": {"url": "http://127.0.0.1:1", "events": []}},
    }
    with scene(generation, tmp_path, **settings) as (receiver, alertmanager):
        alertmanager.post([{"alertname": "Waits", "group": "waits"}])
        agree(receiver, alertmanager)

        def types() -> list[str]:
            return [type for (type,) in receiver.query("SELECT type FROM receiver_event ORDER BY seq")]

        def leap(seconds: float, *types_then: str) -> None:
            (tmp_path / "clock").write_text(str(seconds))
            # A timer looks again when something has happened, and at the latest after a while.
            wait_until(lambda: types() == list(types_then))

        leap(-HOUR / 2, "opened")
        leap(HOUR + 60, "opened", "timed_out")
        leap(0, "opened", "timed_out")
        leap(3 * HOUR, "opened", "timed_out", "reminded")
        leap(9 * HOUR, "opened", "timed_out", "reminded")
        alertmanager.resolve([{"alertname": "Waits", "group": "waits"}])
        wait_until(lambda: not receiver.open())
        assert receiver.query("SELECT id FROM receiver_timer") == []
