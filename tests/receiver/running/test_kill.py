"""A receiver killed by SIGKILL at every moment of taking in deliveries: nothing that was sent is lost."""

import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
import requests

from tests.support.receiver_killed import ANSWERED
from tests.support.running import (
    Alertmanager,
    Receiver,
    delivery,
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


def killed(receiver: Receiver, number: int) -> str:
    """What it has written until it was killed at that moment of taking in deliveries."""
    program = [sys.executable, "-m", "tests.support.receiver_killed", str(number)]
    words = ["receiver", "run", "--config", str(receiver.settings), "--listen", receiver.address]
    ended = subprocess.run([*program, *words], capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


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
        for number in range(1, 100):
            told(alertmanager, number)
            if ANSWERED in killed(receiver, number) and number >= 16 and poster.kept:
                break
        else:
            raise AssertionError("it was always killed before it had answered and kept anything")
        receiver.start()
        # Not the other way round: of what fired and ended while nobody listened, Alertmanager tells nothing.
        wait_until(lambda: alertmanager.open() <= receiver.open())
    assert poster.kept <= {episode.alertname for episode in receiver.episodes()}
    receiver.check()
