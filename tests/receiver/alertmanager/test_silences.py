"""What people do with an alert mutes it in Alertmanager, and nothing else, for as long as it should."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from monitorgen_exporters.receiver.alertmanager import silences, silencing
from monitorgen_exporters.receiver.alertmanager.client import Fault, Peer
from monitorgen_exporters.receiver.alertmanager.reconcile import Reconciler
from monitorgen_exporters.receiver.alertmanager.silences import to_do
from monitorgen_exporters.receiver.episodes import lifecycle
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.alertmanagers import SOURCE, Cluster, Core, same
from tests.support.waiting import wait_until

WEB = {"alertname": "WebDown", "quoted": 'a"b\\c\nd', "service": "wéb"}
STAGE = WEB | {"escalation_stage": "2"}


def acknowledged(core: Core, cluster: Cluster) -> Reconciler:
    """An alert that somebody acknowledged, and one who sees to its silence."""
    cluster.post(WEB)
    wait_until(core.episodes)
    acknowledge(core)
    reconciler = core.reconciler(cluster)
    reconciler.look()
    return reconciler


def acknowledge(core: Core, actor: str = "user:ann", until: str | None = None) -> None:
    with core.database.write() as work:
        lifecycle.acknowledge(work, newest(core).id, actor, "I am at it", until, longest=None)


def newest(core: Core) -> Episode:
    return core.episodes()[-1]


def muted(cluster: Cluster) -> dict[str, bool]:
    """Whether it is muted, by the stage of each alert."""
    return {
        alert["labels"].get("escalation_stage", ""): bool(alert["status"]["silencedBy"])
        for alert in cluster.alerts()
    }


def test_an_acknowledgement_mutes_the_stages_alone(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    cluster.post(STAGE, WEB | {"instance": "1"}, WEB | {"instance": "1", "escalation_stage": "2"})
    for _ in range(3):
        reconciler.look()
    found = {
        frozenset(alert["labels"].items()): bool(alert["status"]["silencedBy"]) for alert in cluster.alerts()
    }
    assert found == {
        frozenset(WEB.items()): False,
        frozenset(STAGE.items()): True,
        frozenset((WEB | {"instance": "1"}).items()): False,
        frozenset((WEB | {"instance": "1", "escalation_stage": "2"}).items()): False,
    }
    cluster.resolve(WEB | {"instance": "1"})
    reconciler.look()
    (silence,) = cluster.silences()
    assert {"name": "instance", "value": "", "isRegex": False, "isEqual": True} in silence["matchers"]
    assert silence["createdBy"] == "user:ann (monitorgen)"
    assert silence["comment"].startswith("I am at it [monitorgen:")
    assert core.only_of(WEB).silences == []

    cluster.resolve(WEB, STAGE, *({**WEB, "instance": "1"}, {**STAGE, "instance": "1"}))
    wait_until(lambda: core.only_of(WEB).status == "resolved")
    reconciler.look()
    assert cluster.silences() == []
    with core.database.read() as store:
        assert to_do(store, SOURCE) == []


def test_a_suppression_mutes_all_of_it_until_it_is_taken_back(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    cluster.post(STAGE)
    with core.database.write() as work:
        lifecycle.suppress(work, core.only().id, "user:ann", "it is known", later(3600))
    reconciler.look()
    assert muted(cluster) == {"": True, "2": True}
    assert len(cluster.silences()) == 1

    with core.database.write() as work:
        lifecycle.unsuppress(work, core.only().id, "user:ann")
    reconciler.look()
    assert muted(cluster) == {"": False, "2": True}

    with core.database.write() as work:
        lifecycle.unacknowledge(work, core.only().id, "user:ben")
    reconciler.look()
    assert muted(cluster) == {"": False, "2": False}
    assert cluster.silences() == []


def test_what_is_suppressed_and_ends_is_seen_to_end(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    with core.database.write() as work:
        lifecycle.suppress(work, core.only().id, "user:ann", "it is known", later(3600))
    reconciler.look()
    cluster.resolve(WEB)
    same(core, cluster, reconciler)
    assert core.only().status == "vanished"
    assert cluster.silences() == []
    # It fires anew, and is not to be heard of until the time that was said. Alertmanager holds it for the
    # firing that it told of, as it never told of the resolve: until repeat_interval there is no delivery.
    cluster.post(WEB, began=datetime.now(UTC))
    same(core, cluster, reconciler)
    assert [episode.status for episode in core.episodes()] == ["vanished", "suppressed"]
    reconciler.look()
    assert muted(cluster) == {"": True}


def test_alertmanager_forgets_and_is_told_again(core: Core, cluster: Cluster) -> None:
    """It writes silences down every 15 minutes, and when it ends in peace."""
    reconciler = acknowledged(core, cluster)
    assert len(cluster.silences()) == 1
    cluster.kill()
    cluster.start()
    cluster.post(WEB, STAGE)
    assert cluster.silences() == []
    reconciler.look()
    assert muted(cluster) == {"": False, "2": True}


def test_an_answer_that_is_lost_makes_no_second_silence(
    core: Core, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    acknowledge(core)
    put = Peer.put_silence

    def lost(peer: Peer, *arguments: object, **named: object) -> Fault:
        put(peer, *arguments, **named)  # type: ignore[arg-type]
        return Fault(peer.url, "the answer was lost")

    monkeypatch.setattr(Peer, "put_silence", lost)
    reconciler = core.reconciler(cluster)
    assert "the answer was lost" in reconciler.look().error
    monkeypatch.undo()
    assert reconciler.look().error == ""
    (silence,) = cluster.silences()
    with core.database.read() as store:
        (row,) = to_do(store, SOURCE)
    assert (row.state, row.remote_id) == ("active", silence["id"])


def test_what_was_made_twice_is_ended_but_for_one(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    (made,) = cluster.silences()
    twin = {key: value for key, value in made.items() if key not in ("id", "status", "updatedAt")}
    requests.post(f"{cluster.peers[0].url}/api/v2/silences", json=twin, timeout=60).raise_for_status()
    assert len(cluster.silences()) == 2
    reconciler.look()
    assert len(cluster.silences()) == 1


def test_what_others_made_is_left_alone(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    (made,) = cluster.silences()
    other = cluster.silence({"alertname": "Other"})
    copied = cluster.silence(WEB, comment=made["comment"])  # as Alertmanager's own pages copy it
    with core.database.write() as work:
        lifecycle.unacknowledge(work, core.only().id, "user:ann")
    reconciler.look()
    reconciler.look()
    assert {silence["id"] for silence in cluster.silences()} == {other, copied}


def test_a_silence_that_somebody_ends_stays_ended(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    (made,) = cluster.silences()
    cluster.unsilence(made["id"])
    reconciler.look()
    reconciler.look()
    assert cluster.silences() == []
    # Acknowledging it once more asks for another.
    acknowledge(core, "user:ben")
    reconciler.look()
    assert [silence["createdBy"] for silence in cluster.silences()] == ["user:ben (monitorgen)"]


def test_what_its_alert_does_not_need_any_more_is_ended(
    core: Core, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever kept the row from following: the alert as it is decides."""
    reconciler = acknowledged(core, cluster)
    monkeypatch.setattr(silences, "unwant", lambda *_: None)
    cluster.resolve(WEB)
    wait_until(lambda: not core.only().is_open)
    reconciler.look()
    assert cluster.silences() == []


def test_it_is_short_and_kept_on(core: Core, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    reconciler = acknowledged(core, cluster)
    (made,) = cluster.silences()
    lasts = datetime.fromisoformat(made["endsAt"]) - datetime.fromisoformat(made["startsAt"])
    assert timedelta(minutes=25) < lasts < timedelta(minutes=35)
    reconciler.look()
    assert cluster.silences() == [made]

    monkeypatch.setattr(silencing, "_AHEAD", 3600.0)
    monkeypatch.setattr(silencing, "LENGTH", 7200.0)
    reconciler.look()
    (kept,) = cluster.silences()
    assert kept["id"] == made["id"]
    assert kept["endsAt"] > made["endsAt"]
    assert kept["startsAt"] == made["startsAt"]


def test_it_never_outlasts_what_a_person_said(core: Core, cluster: Cluster) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    until = later(60)
    acknowledge(core, until=until)
    reconciler = core.reconciler(cluster)
    reconciler.look()
    (made,) = cluster.silences()
    assert datetime.fromisoformat(made["endsAt"]) <= datetime.fromisoformat(until)
    acknowledge(core, until=later(30))
    reconciler.look()
    (shorter,) = cluster.silences()
    assert shorter["endsAt"] < made["endsAt"]
    assert shorter["id"] == made["id"]


def test_what_was_made_is_in_the_audit_log(core: Core, cluster: Cluster) -> None:
    reconciler = acknowledged(core, cluster)
    with core.database.write() as work:
        lifecycle.unacknowledge(work, core.only().id, "user:ann")
    reconciler.look()
    types = [record.type for record in core.records() if record.category == "silence"]
    assert types == ["silence.made", "silence.ended"]


def test_silences_are_no_longer_to_follow(core: Core, cluster: Cluster) -> None:
    """The settings were changed: what was made before is ended."""
    acknowledged(core, cluster)
    core.reconciler(cluster, silence=False).look()
    assert cluster.silences() == []


def test_nobody_answers(core: Core, cluster: Cluster) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    acknowledge(core)
    cluster.kill()
    reconciler = core.reconciler(cluster)
    assert "cannot be reached" in reconciler.look().error
    cluster.start()
    assert reconciler.look().error == ""
    assert len(cluster.silences()) == 1


def later(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
