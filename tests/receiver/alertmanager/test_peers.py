"""Several Alertmanagers of a cluster: one that shows an alert is believed, one that cannot know is not."""

from dataclasses import dataclass, replace
from pathlib import Path

from monitorgen_exporters.receiver.alertmanager.answers import Muting, Named, ShownAlert
from monitorgen_exporters.receiver.alertmanager.client import Fault, View
from monitorgen_exporters.receiver.alertmanager.sight import Sight, Trust, combine
from monitorgen_exporters.receiver.identity import incident_of
from tests.support.alertmanagers import Core, running_cluster
from tests.support.servers import Generation
from tests.support.waiting import wait_until

WEB = {"alertname": "WebDown"}
A, B = "http://a", "http://b"


def view(peer: str, *alerts: ShownAlert, uptime: float = 1000, holds_back: bool = False) -> View:
    return View(peer, "2026-01-01T00:00:00.000000Z", uptime, holds_back, list(alerts))


def alert(updated: int = 0, silenced: tuple[str, ...] = (), muted: list[str] | None = None) -> ShownAlert:
    return ShownAlert(
        WEB,
        "2026-01-01T00:00:00Z",
        f"2026-01-01T00:00:{updated:02}Z",
        "2026-01-01T01:00:00Z",
        [Named("monitorgen")],
        Muting(list(silenced), [], muted),
    )


def seen(*answers: View | Fault) -> Sight:
    return combine(
        answers,
        asked_at="2026-01-01T00:00:00.000000Z",
        trust=Trust([A, B], 900),
        receiver="monitorgen",
        tenant="",
        source="am",
    )


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 5000.0

    def trust(self) -> Trust:
        return Trust([A, B], 900, lambda: self.now)


def test_all_have_to_know() -> None:
    clock = Clock()
    trust = clock.trust()
    assert trust.knows_absence([view(A), view(B)])
    clock.now += 30
    assert not trust.knows_absence([view(A), view(B, uptime=20)])
    assert not trust.knows_absence([view(A, uptime=20), view(B)])
    assert not trust.knows_absence([view(A), Fault(B, "away")])
    assert trust.knows_absence([view(A), view(B)])


def test_one_that_is_away_for_long_holds_nothing_open() -> None:
    clock = Clock()
    trust = clock.trust()
    trust.knows_absence([view(A), view(B)])
    for _ in range(30):
        clock.now += 30
        assert not trust.knows_absence([view(A), Fault(B, "away")])
    clock.now += 30
    assert trust.knows_absence([view(A), Fault(B, "away")])
    assert trust.knows_absence([view(A), view(B, uptime=10)])


def test_without_anybody_who_knows_nothing_is_missing() -> None:
    clock = Clock()
    trust = clock.trust()
    for _ in range(100):
        clock.now += 30
        assert not trust.knows_absence([Fault(A, "away"), Fault(B, "away")])
        assert not trust.knows_absence([view(A, uptime=60), Fault(B, "away")])


def test_one_that_was_never_asked_before() -> None:
    """As when we have just been started: how long it has been away is not known."""
    clock = Clock()
    trust = clock.trust()
    clock.now += 800
    assert not trust.knows_absence([view(A), Fault(B, "away")])


def test_an_alert_fires_where_one_shows_it() -> None:
    incident = incident_of("", "am", WEB)
    found = seen(view(A, alert(5, ("s1",))), view(B))
    assert found.incidents[incident][""].muted_by == ("s1",)
    found = seen(view(A, alert(5, ("s1",))), view(B, alert(3)))
    assert found.incidents[incident][""].is_told
    assert found.incidents[incident][""].updated_at.startswith("2026-01-01T00:00:05")
    found = seen(view(A, alert(1, ("s1",))), view(B, alert(3, ("s2", "s1"))))
    assert found.incidents[incident][""].muted_by == ("s1", "s2")
    assert found.everything == [WEB]


def test_what_may_be_held_back_is_nobody_told_of() -> None:
    incident = incident_of("", "am", WEB)
    held = seen(view(A, alert(), holds_back=True))
    assert not held.incidents[incident][""].is_told
    told = seen(view(A, alert(muted=[]), holds_back=True))
    assert told.incidents[incident][""].is_told
    muted = seen(view(A, alert(muted=["night"])))
    assert muted.incidents[incident][""].muted_by == ("night",)


def test_nobody_answers() -> None:
    found = seen(Fault(A, "away"), Fault(B, "away"))
    assert found == replace(found, incidents={}, everything=[], knows_absence=False, started_at=None)
    assert [str(fault) for fault in found.faults] == ["http://a: away", "http://b: away"]


def test_one_of_two_is_killed_and_comes_back_empty(
    core: Core, generation: Generation, tmp_path: Path
) -> None:
    with running_cluster(generation, tmp_path / "two", core.url, 2) as cluster:
        reconciler = core.reconciler(cluster)
        cluster.post(WEB)
        wait_until(core.episodes)
        cluster.kill(1)
        for _ in range(4):
            assert "cannot be reached" in reconciler.look().error
        cluster.start(1)
        assert cluster.alerts(1) == []
        for _ in range(4):
            assert reconciler.look().error == ""
        assert core.only().is_open
        assert core.only().missing == 0


def test_one_that_was_cut_off_does_not_know_of_the_resolve(
    core: Core, generation: Generation, tmp_path: Path
) -> None:
    """It shows the alert until that expires, and may even tell us so: nobody is told of it, and it ends."""
    with running_cluster(generation, tmp_path / "two", core.url, 2) as cluster:
        reconciler = core.reconciler(cluster)
        cluster.post(WEB, lasting=15)
        wait_until(core.episodes)
        wait_until(lambda: cluster.alerts(0) and cluster.alerts(1))
        cluster.resolve(WEB, to=[0])
        wait_until(lambda: "resolved" in core.events())
        while cluster.alerts(1):
            reconciler.look()
        # The other holds it for firing, and says so: 0.25 and 0.33 both do.
        assert not {"seen_again", "confirmed"} & set(core.events())
        wait_until(lambda: reconciler.look().good and not core.only().is_open)
