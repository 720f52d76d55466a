"""Everything fails at once: each of thousands of groups, and a group of thousands, is taken whole."""

from pathlib import Path

import pytest
import requests

from tests.support.receiver import PROGRAM
from tests.support.running import agree, routed, running_alertmanager, running_receiver
from tests.support.servers import Generation
from tests.support.waiting import wait_until

SUMMARY = "The service does not answer, and has not for several minutes: see its log, then the network. " * 2


def test_5000_groups_at_once(generation: Generation, tmp_path: Path) -> None:
    storm = [
        {"alertname": "Down", "group": f"host-{n}", "service": f"service-{n % 50}", "severity": "critical"}
        for n in range(5000)
    ]
    everything = {frozenset(labels.items()) for labels in storm}
    with (
        running_receiver(tmp_path) as receiver,
        running_alertmanager(
            generation, tmp_path / "am", routed(receiver.webhook, wait="1s")
        ) as alertmanager,
    ):
        alertmanager.post(storm, annotations={"summary": SUMMARY})
        wait_until(lambda: len(receiver.query("SELECT id FROM receiver_episode")) >= 5000)
        assert receiver.open() == everything
        alertmanager.resolve(storm)
        wait_until(
            lambda: not receiver.query("SELECT 1 FROM receiver_episode WHERE ended_at IS NULL LIMIT 1")
        )
        assert len(receiver.episodes()) == 5000
        assert set(receiver.answered()) <= {"200", "503", "gone"}
        assert receiver.stop() == 0
    receiver.check()


def test_10000_alerts_in_one_group(generation: Generation, tmp_path: Path) -> None:
    group = [
        {"alertname": "Down", "group": "all", "instance": f"host-{n}.example:9100", "severity": "critical"}
        for n in range(10_000)
    ]
    with (
        running_receiver(tmp_path) as receiver,
        running_alertmanager(
            generation, tmp_path / "am", routed(receiver.webhook, wait="1s")
        ) as alertmanager,
    ):
        for at in range(0, len(group), 256):  # as a Prometheus does
            alertmanager.post(group[at : at + 256], annotations={"summary": SUMMARY})
        agree(receiver, alertmanager)
        assert receiver.open() == {frozenset(labels.items()) for labels in group}
        # Alertmanager took part of it for the group while the rest came: the last one is the largest.
        ((most,),) = receiver.query("SELECT MAX(alerts) FROM receiver_delivery")
        assert most == 10_000
        assert receiver.answered().keys() <= {"200", "gone"}
        assert receiver.stop() == 0
    receiver.check()


@pytest.mark.parametrize(
    ("connections", "ulimit"),
    [(50, ""), (10_000, "-Sn 128"), (10_000, "-n 128")],
    ids=["limit", "soft", "hard"],
)
def test_more_groups_than_connections(
    connections: int, ulimit: str, generation: Generation, tmp_path: Path
) -> None:
    storm = [{"alertname": "Down", "group": f"host-{n}"} for n in range(1000)]
    program = ["sh", "-c", f'ulimit {ulimit}; exec "$@"', "--", *PROGRAM] if ulimit else PROGRAM
    with (
        running_receiver(tmp_path, start=False, limits={"connections": connections}) as receiver,
        running_alertmanager(
            generation, tmp_path / "am", routed(receiver.webhook, wait="1s")
        ) as alertmanager,
    ):
        receiver.start(program)
        alertmanager.post(storm)

        def all_there() -> bool:
            # Who asks how it is gets an answer whatever there is to do, if the system has a file for it.
            try:
                assert requests.get(f"{receiver.url}/healthz", timeout=120).status_code == 200
            except requests.ConnectionError:
                assert ulimit == "-n 128"
            return len(receiver.query("SELECT id FROM receiver_episode")) == 1000

        wait_until(all_there)
        assert receiver.open() == {frozenset(labels.items()) for labels in storm}
        assert receiver.stop() == 0
    assert len(receiver.logs().splitlines()) < 20
    assert ("only 64 of 10000 connections" in receiver.logs()) == (ulimit == "-n 128")
    receiver.check()
