"""What is read and written of sources, episodes and silences, on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator, Sequence

import pytest

from monitorgen_exporters.receiver.alertmanager.answers import Muting, Named, ShownAlert, Silence
from monitorgen_exporters.receiver.alertmanager.client import Fault, Peer, View
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher
from monitorgen_exporters.receiver.alertmanager.reconcile import Reconciler
from monitorgen_exporters.receiver.alertmanager.silences import get, to_do
from monitorgen_exporters.receiver.alertmanager.silencing import waiting
from monitorgen_exporters.receiver.alertmanager.source_rows import SourceState, claim, finish, read_sources
from monitorgen_exporters.receiver.episodes import lifecycle
from tests.support.episodes import BEGAN, Desk, alert, receiver_settings

AM = {"urls": ["http://am"], "absent_polls": 2, "resend_window": "1s"}


@pytest.fixture
def desk(log_url: str) -> Iterator[Desk]:
    """One source, whose Alertmanager can be asked."""
    source = {"token": {"env": "EU1"}, "tenant": "acme", "alertmanager": AM}
    with Desk(log_url, receiver_settings(sources={"eu1": source})) as desk:
        yield desk


class FakePeer(Peer):
    """What an Alertmanager shows, and the silences it was asked for."""

    shown: list[ShownAlert]
    posted: list[Sequence[Matcher]]

    def view(self) -> View | Fault:
        return View(self.url, BEGAN, 1000.0, False, self.shown)

    def silences(self) -> list[Silence] | Fault:
        return []

    def put_silence(self, matchers: Sequence[Matcher], **_: object) -> str | Fault:
        self.posted.append(matchers)
        return f"silence-{len(self.posted)}"


def looking(desk: Desk) -> tuple[Reconciler, FakePeer]:
    source = desk.settings.sources["eu1"]
    assert source.alertmanager is not None
    peer = FakePeer("http://am", source.alertmanager)
    peer.shown, peer.posted = [], []
    return Reconciler(desk.database, "eu1", source, source.alertmanager, peers=(peer,)), peer


def shown(name: str, **labels: str) -> ShownAlert:
    said = alert(name, **labels)
    return ShownAlert(said["labels"], BEGAN, BEGAN, BEGAN, [Named("monitorgen")], Muting([], []))


def test_an_alert_that_is_not_shown_vanishes(desk: Desk) -> None:
    reconciler, peer = looking(desk)
    gone, stays = desk.opened("Gone"), desk.opened("Stays")
    peer.shown = [shown("Stays"), shown("New")]
    for _ in range(3):
        desk.clock.go(30)
        reconciler.look()
    assert (desk.get(gone.id).status, desk.get(gone.id).ended_by) == ("vanished", "absence")
    assert desk.get(stays.id).is_open
    assert desk.query(
        "SELECT alertname, tenant, source FROM receiver_episode WHERE ended_at IS NULL ORDER BY 1"
    ) == [
        ("New", "acme", "eu1"),
        ("Stays", "acme", "eu1"),
    ]


def test_a_delivery_that_comes_meanwhile_is_believed(desk: Desk) -> None:
    """What was asked before is older than what was told since."""
    reconciler, peer = looking(desk)
    peer.shown = [shown("High"), shown("High", escalation_stage="2")]
    for each in peer.shown:
        each.updated_at = "2026-11-21T10:05:00Z"
    episode = desk.opened("High")
    desk.clock.go(30)
    reconciler.look()
    view = peer.view()

    def late() -> View | Fault:
        desk.clock.go(1)
        desk.deliver(alert("High", ends="2026-11-21T10:00:20Z"))
        return view

    peer.view = late  # type: ignore[method-assign]
    desk.clock.go(30)
    reconciler.look()
    assert not desk.get(episode.id).is_open
    assert desk.types(episode.id) == ["opened", "resolved"]


def test_a_firing_that_comes_meanwhile_is_not_missing(desk: Desk) -> None:
    reconciler, peer = looking(desk)
    episode = desk.opened("High")

    def late() -> View | Fault:
        desk.clock.go(1)
        desk.deliver(alert("High"))
        return View(peer.url, BEGAN, 1000.0, False, [])

    peer.view = late  # type: ignore[method-assign]
    for _ in range(4):
        desk.clock.go(30)
        reconciler.look()
    assert desk.get(episode.id).missing == 0
    assert desk.types(episode.id) == ["opened"]


def test_it_has_to_be_missing_several_times_in_a_row(desk: Desk) -> None:
    reconciler, _ = looking(desk)
    episode = desk.opened("High")
    for stage in ("2", "3", "4"):
        desk.clock.go(30)
        reconciler.look()
        assert desk.get(episode.id).missing == 1
        desk.deliver(alert("High", escalation_stage=stage))
    assert desk.types(episode.id) == ["opened", "stage", "stage", "stage"]


def test_silences(desk: Desk) -> None:
    reconciler, peer = looking(desk)
    episode = desk.opened("High")
    peer.shown = [shown("High"), shown("High", instance="1")]
    with desk.database.write() as work:
        lifecycle.acknowledge(work, episode.id, "user:ann", "mine", None, longest=None)
    with desk.database.read() as store:
        assert waiting(store, "eu1")
        assert not waiting(store, "eu2")
        (wanted,) = to_do(store, "eu1")
        assert get(store, wanted.id) == wanted
    reconciler.look()
    assert peer.posted == [
        (
            Matcher("alertname", "High"),
            Matcher("service", "web"),
            Matcher("severity", "critical"),
            Matcher("instance", ""),
            Matcher("escalation_stage", ".+", is_regex=True),
        )
    ]
    with desk.database.read() as store:
        assert not waiting(store, "eu1")
        (active,) = to_do(store, "eu1")
        assert (active.state, active.remote_id) == ("active", "silence-1")
    with desk.database.write() as work:
        lifecycle.close(work, episode.id, "user:ann", "done")
    with desk.database.read() as store:
        assert [row.state for row in to_do(store, "eu1")] == ["unwanted"]
    reconciler.look()
    with desk.database.read() as store:
        assert to_do(store, "eu1") == []


def test_sources(desk: Desk) -> None:
    def claimed(pause: float) -> bool:
        with desk.database.write() as work:
            return claim(work, "eu1", pause)

    assert claimed(30)
    assert not claimed(30)
    desk.clock.go(31)
    assert claimed(30)
    began = desk.clock.now
    with desk.database.write() as work:
        finish(work, "eu1", error="one\0fault", started_at=BEGAN, alerts=3, good=True)
    with desk.database.write() as work:
        finish(work, "eu1", error="x" * 3000, started_at=None, alerts=0, good=False)
    with desk.database.read() as store:
        assert read_sources(store) == [SourceState("eu1", began, began, "x" * 2000, BEGAN, 3)]
    desk.clock.go(-1000)  # the clock is set back
    assert claimed(30)
