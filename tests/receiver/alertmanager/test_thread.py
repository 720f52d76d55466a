"""A reconciler at work: it looks by itself, makes silences at once, and notes how it goes."""

import requests

from monitorgen_exporters.receiver.alertmanager.source_rows import SourceState, claim, read_sources
from monitorgen_exporters.receiver.episodes import lifecycle
from tests.support.alertmanagers import SOURCE, Cluster, Core
from tests.support.waiting import wait_until

WEB = {"alertname": "WebDown"}


def state(core: Core) -> SourceState | None:
    with core.database.read() as store:
        return next(iter(read_sources(store)), None)


def test_it_looks_and_notes_how_it_goes(core: Core, cluster: Cluster) -> None:
    core.listens = False
    reconciler = core.reconciler(cluster)
    reconciler.start()
    try:
        cluster.post(WEB)
        wait_until(lambda: core.open() == cluster.open())
        wait_until(lambda: (found := state(core)) and found.alerts == 1 and not found.error)
        began = requests.get(f"{cluster.peers[0].url}/api/v2/status", timeout=60).json()["uptime"]
        found = state(core)
        assert found is not None
        assert (found.name, str(found.started_at)[:23]) == (SOURCE, began[:23])
        cluster.kill()
        wait_until(lambda: (found := state(core)) and "cannot be reached" in found.error)
        found = state(core)
        assert found is not None
        assert found.alerts == 1
        assert str(found.good_at) < found.polled_at
    finally:
        reconciler.stop()
    assert not reconciler.alive
    reconciler.stop()


def test_a_silence_does_not_wait_for_the_next_look(core: Core, cluster: Cluster) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    reconciler = core.reconciler(cluster, every="1h")
    reconciler.start()
    try:
        wait_until(lambda: (found := state(core)) and found.good_at)
        with core.database.write() as work:
            lifecycle.acknowledge(work, core.only().id, "user:ann", "I am at it", None, longest=None)
        wait_until(cluster.silences)
        with core.database.write() as work:
            lifecycle.unacknowledge(work, core.only().id, "user:ann")
        wait_until(lambda: not cluster.silences())
    finally:
        reconciler.stop()


def test_one_of_several_looks_at_a_time(core: Core) -> None:
    with core.database.write() as work:
        assert claim(work, SOURCE, 60)
    with core.database.write() as work:
        assert not claim(work, SOURCE, 60)
        assert claim(work, "another", 60)
        assert claim(work, SOURCE, 0)
