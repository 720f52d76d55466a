"""A receiver killed by SIGKILL at every moment of taking in deliveries: nothing that was sent is lost."""

import json
import signal
import sys
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests

from tests.support.receiver_killed import ANSWERED
from tests.support.running import (
    Alertmanager,
    Receiver,
    routed,
    running_alertmanager,
    running_receiver,
)
from tests.support.servers import Generation
from tests.support.waiting import wait_until

# What Alertmanager is and where the log lies know nothing of each other, so each goes with one of the other.
PLACES = {"oldest": "sqlite_url", "newest": "postgres_url"}


class Poster:
    """Somebody who posts a delivery of its own again and again, until it was answered 200, and goes on."""

    def __init__(self, receiver: Receiver) -> None:
        self.kept: set[str] = set()
        self._receiver = receiver
        self._ending = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "Poster":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        for number in count():
            name = f"direct{number}"
            while not self._posted(name):
                if self._ending.wait(0.02):
                    return
            self.kept.add(name)
            if self._ending.wait(0.05):
                return

    def _posted(self, name: str) -> bool:
        try:
            answer = self._receiver.post(delivery({"alertname": name}))
        except requests.RequestException:
            return False
        assert answer.status_code in (200, 503)
        return answer.status_code == 200


def delivery(labels: dict[str, str]) -> bytes:
    """A delivery of one alert that fires."""
    alert = {"status": "firing", "labels": labels, "startsAt": "2026-11-21T10:00:00Z"}
    body: dict[str, Any] = {"groupKey": "{}", "receiver": "monitorgen", "alerts": [alert]}
    return json.dumps(body).encode()


def dies(receiver: Receiver) -> bool:
    """Whether it has been killed."""
    assert receiver.server is not None
    return receiver.server.process.poll() is not None


def told(alertmanager: Alertmanager, number: int) -> None:
    """What happens at Alertmanager meanwhile: two groups fire, and some of what fired before ends."""
    alertmanager.post([round_of(number, each) for each in range(4)])
    if number > 2:
        alertmanager.resolve([round_of(number - 2, each) for each in range(0, 4, 2)])


def round_of(number: int, each: int) -> dict[str, str]:
    """An alert of a round."""
    return {"alertname": f"Round{number}", "group": str(each % 2), "each": str(each)}


def test_killed_at_every_moment(
    generation: Generation, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(PLACES[generation.name])
    with (
        running_receiver(tmp_path, start=False, log=url) as receiver,
        running_alertmanager(generation, tmp_path / "am", routed(receiver.webhook)) as alertmanager,
        Poster(receiver) as poster,
    ):
        for number in count(1):
            receiver.start(
                [sys.executable, "-m", "tests.support.receiver_killed", str(number)], ready="/healthz"
            )
            told(alertmanager, number)
            wait_until(lambda: dies(receiver))
            assert receiver.server is not None
            assert receiver.server.process.returncode == -signal.SIGKILL, receiver.logs()
            if number >= 16 and ANSWERED in receiver.server.log():
                break
        receiver.start()
        # Not the other way round: of what fired and ended while nobody listened, Alertmanager tells nothing.
        wait_until(lambda: alertmanager.open() <= receiver.open())
    assert len(poster.kept) > number / 2
    assert poster.kept <= {episode.alertname for episode in receiver.episodes()}
    receiver.check()
