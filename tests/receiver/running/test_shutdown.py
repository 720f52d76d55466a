"""The program among other programs: it ends when it is told to, and says how it is."""

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.running import Receiver, agree, routed, running_alertmanager, running_receiver
from tests.support.servers import Generation
from tests.support.waiting import wait_until


class Load:
    """Several who post deliveries until nobody answers any more."""

    def __init__(self, receiver: Receiver, number: int) -> None:
        self.kept: list[str] = []
        self.refused: list[str] = []
        self.unanswered: list[str] = []
        self._receiver = receiver
        self._ended = Event()
        self._pool = ThreadPoolExecutor(number)
        self._posters = [self._pool.submit(self._post, poster) for poster in range(number)]

    def end(self) -> None:
        """Waits for all of them; raises what went wrong."""
        for poster in self._posters:
            poster.result(120)
        self._pool.shutdown()

    def _post(self, poster: int) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer s3cret"
            for number in count():
                name = f"alert-{poster}-{number}"
                alert = {
                    "status": "firing",
                    "labels": {"alertname": name},
                    "startsAt": "2026-11-21T10:00:00Z",
                }
                body = json.dumps({"groupKey": name, "receiver": "monitorgen", "alerts": [alert]})
                try:
                    answer = session.post(self._receiver.webhook, data=body, timeout=120)
                except requests.ConnectionError:
                    self.unanswered.append(name)
                    return
                (self.kept if answer.status_code == 200 else self.refused).append(name)
                assert answer.status_code in (200, 503)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_what_was_taken_is_answered(told: signal.Signals, tmp_path: Path) -> None:
    with running_receiver(tmp_path) as receiver:
        load = Load(receiver, 16)
        wait_until(lambda: len(load.kept) > 200)
        assert receiver.server is not None
        receiver.server.process.send_signal(told)
        load.end()
        assert receiver.server.process.wait(120) == 0
    known = {episode.alertname for episode in receiver.episodes()}
    assert known == set(load.kept)
    assert known.isdisjoint(load.refused)
    receiver.check()


def test_a_restart_under_load_loses_nothing(generation: Generation, tmp_path: Path) -> None:
    with (
        running_receiver(tmp_path) as receiver,
        running_alertmanager(generation, tmp_path / "am", routed(receiver.webhook)) as alertmanager,
    ):
        for number in range(4):
            alertmanager.post([{"alertname": f"Round{number}", "group": str(n)} for n in range(200)])
            assert receiver.stop() == 0
            receiver.start()
        agree(receiver, alertmanager)
        assert len(receiver.episodes()) == 800
        assert receiver.stop() == 0
    receiver.check()


def test_a_second_signal_does_no_harm(tmp_path: Path) -> None:
    with running_receiver(tmp_path) as receiver:
        load = Load(receiver, 4)
        wait_until(lambda: len(load.kept) > 20)
        assert receiver.server is not None
        for _ in range(3):
            receiver.server.process.send_signal(signal.SIGTERM)
        load.end()
        assert receiver.server.process.wait(120) == 0
    assert {episode.alertname for episode in receiver.episodes()} == set(load.kept)
    receiver.check()


def test_it_says_how_it_is(generation: Generation, tmp_path: Path) -> None:
    with (
        running_receiver(tmp_path) as receiver,
        running_alertmanager(generation, tmp_path / "am", routed(receiver.webhook)) as alertmanager,
    ):
        alertmanager.post([{"alertname": "High", "group": str(n)} for n in range(5)])
        agree(receiver, alertmanager)
        receiver.post(b"none")
        for path, said in (("/healthz", "alive\n"), ("/readyz", "ready\n")):
            for method in ("GET", "HEAD"):
                answer = requests.request(method, receiver.url + path, timeout=60)
                assert answer.status_code == 200
                assert answer.text == (said if method == "GET" else "")
        shown = requests.get(f"{receiver.url}/metrics", timeout=60)
    values = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(shown.text)
        for sample in family.samples
    }
    deliveries = "monitorgen_receiver_deliveries_total"
    assert values[deliveries, ("answer", "200"), ("source", "eu1")] == 5
    assert values[deliveries, ("answer", "400"), ("source", "eu1")] == 1
    assert values["monitorgen_receiver_alerts_total", ("told", "opened")] == 5
    assert values[("monitorgen_receiver_waiting_deliveries",)] == 0
    lint = subprocess.run(
        [generation.bin / "promtool", "check", "metrics"],
        input=shown.content,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr
