"""Two receivers on one PostgreSQL, each behind one of two Alertmanagers that gossip; one is killed."""

from pathlib import Path
from typing import Any

from tests.support.running import Alertmanager, routed, running_alertmanager, running_receiver
from tests.support.servers import Generation
from tests.support.waiting import free_port, wait_until


def fire(alertmanagers: list[Alertmanager], name: str, number: int) -> set[frozenset[tuple[str, str]]]:
    """Sends some alerts to all Alertmanagers, as each Prometheus does; their labels."""
    alerts = [{"alertname": name, "group": f"{name}-{n % 7}", "n": str(n)} for n in range(number)]
    for alertmanager in alertmanagers:
        alertmanager.post(alerts)
    return {frozenset(labels.items()) for labels in alerts}


def test_nothing_is_lost_and_nothing_twice(generation: Generation, postgres_url: str, tmp_path: Path) -> None:
    gossip, served = ([f"127.0.0.1:{free_port()}" for _ in range(2)] for _ in range(2))
    # What a late peer opens again is in doubt until these are asked, who open and end nothing else.
    asked = {
        "urls": [f"http://{address}" for address in served],
        "every": "1s",
        "resend_window": "1s",
        "absent_polls": 1000,
    }
    said = [
        (
            f"--cluster.listen-address={own}",
            f"--cluster.advertise-address={own}",
            f"--cluster.peer={other}",
            "--cluster.peer-timeout=500ms",
            "--cluster.settle-timeout=2s",
            "--cluster.pushpull-interval=1s",
        )
        for own, other in (gossip, reversed(gossip))
    ]
    shared = tmp_path / "shared"
    settings: dict[str, Any] = {
        "log": postgres_url,
        "sources": {"eu1": {"token": {"file": str(shared / "eu1.token")}, "alertmanager": asked}},
    }
    with (
        running_receiver(shared, **settings) as one,
        running_receiver(shared, **settings) as two,
        running_alertmanager(
            generation, tmp_path / "am1", routed(one.webhook), *said[0], address=served[0]
        ) as first,
        running_alertmanager(
            generation, tmp_path / "am2", routed(two.webhook), *said[1], address=served[1]
        ) as second,
    ):
        wait_until(lambda: len(first.server.get("/api/v2/status").json()["cluster"]["peers"]) == 2)
        both = [first, second]
        fired = fire(both, "Together", 100)
        wait_until(lambda: fired <= two.open())
        # What the peer of a receiver that is gone cannot deliver, the other one does.
        one.kill()
        fired |= fire(both, "Alone", 100)
        wait_until(lambda: fired <= two.open())
        one.start()
        fired |= fire(both, "Again", 100)
        wait_until(lambda: fired <= one.open())
        two.kill()
        fired |= fire(both, "Other", 100)
        wait_until(lambda: fired <= one.open())
        two.start()
        for alertmanager in both:
            alertmanager.resolve([dict(labels) for labels in fired])
        wait_until(lambda: not one.open())
        # A peer's old snapshot may come after the resolve and open an episode again, but never another one.
        assert len(one.episodes()) == len(fired) == 400
        assert one.query("SELECT COUNT(*) FROM receiver_event WHERE type = 'vanished'") == [(0,)]
        assert one.stop() == 0
        assert two.stop() == 0
    one.check()
    two.check()
