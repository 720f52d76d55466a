"""What no delivery told is learnt by asking Alertmanager, and nothing is believed too early."""

import json
from datetime import UTC, datetime, timedelta

from monitorgen_exporters.receiver.episodes import lifecycle
from tests.support.alertmanagers import Cluster, Core, same
from tests.support.waiting import wait_until

WEB = {"alertname": "WebDown", "service": "web"}


def test_a_silenced_alert_that_resolves_vanishes(core: Core, cluster: Cluster) -> None:
    """Alertmanager never tells of that resolve."""
    reconciler = core.reconciler(cluster)
    cluster.post(WEB)
    wait_until(core.episodes)
    silence = cluster.silence(WEB)
    reconciler.look()
    assert core.only().silences == [silence]

    cluster.resolve(WEB)
    same(core, cluster, reconciler)
    assert core.only().status == "vanished"
    assert core.events() == ["opened", "silenced", "vanished"]


def test_a_silence_ends(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    cluster.post(WEB)
    wait_until(core.episodes)
    silence = cluster.silence(WEB)
    reconciler.look()
    cluster.unsilence(silence)
    reconciler.look()
    reconciler.look()
    assert core.events() == ["opened", "silenced", "unsilenced"]
    assert core.only().silences == []


def test_an_inhibited_alert(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    web = WEB | {"inhibited": "yes"}
    cluster.post(web)
    wait_until(core.episodes)
    cluster.post({"alertname": "Outage", "team": "elsewhere"})
    reconciler.look()
    assert len(core.only().silences) == 1
    assert core.events() == ["opened", "silenced"]


def test_what_was_silenced_from_the_start_is_opened_afterwards(core: Core, cluster: Cluster) -> None:
    """As Alertmanager itself would have it: nobody is told of what somebody silenced before."""
    reconciler = core.reconciler(cluster)
    silence = cluster.silence(WEB)
    cluster.post(WEB)
    for _ in range(4):
        reconciler.look()
    assert not core.episodes()
    core.listens = False
    cluster.unsilence(silence)
    same(core, cluster, reconciler)
    assert core.events() == ["opened"]


def test_a_lost_delivery(core: Core, cluster: Cluster) -> None:
    core.listens = False
    reconciler = core.reconciler(cluster)
    cluster.post(WEB, WEB | {"escalation_stage": "2"})
    first = reconciler.look()
    assert (first.alerts, first.opened, first.error) == (2, 0, "")
    same(core, cluster, reconciler)
    assert core.only().stage_list == ["", "2"]
    assert [(type, json.loads(data)) for type, data in core.told()] == [
        ("opened", {"from": "api"}),
        ("stage", {"stage": "2"}),
    ]
    core.listens = True
    cluster.post(WEB, WEB | {"escalation_stage": "3"})
    wait_until(lambda: core.only().stage_list == ["", "2", "3"])
    assert core.events() == ["opened", "stage", "stage"]


def test_the_resolve_of_a_stage_is_lost(core: Core, cluster: Cluster) -> None:
    second = WEB | {"escalation_stage": "2"}
    reconciler = core.reconciler(cluster)
    cluster.post(WEB, second)
    wait_until(lambda: core.open() == cluster.open())
    cluster.silence(second)
    cluster.resolve(second)
    same(core, cluster, reconciler)
    assert core.only().stage_list == [""]
    assert core.only().silences == []


def test_alerts_of_other_receivers_are_not_ours(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    cluster.post({"alertname": "Other", "team": "elsewhere"})
    for _ in range(4):
        assert reconciler.look().alerts == 0
    assert not core.episodes()


def test_a_restarted_alertmanager_knows_of_no_absence(core: Core, cluster: Cluster) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    cluster.kill()
    cluster.start()
    reconciler = core.reconciler(cluster, resend_window="1h")
    for _ in range(5):
        assert reconciler.look().good
    assert core.only().is_open
    assert core.only().missing == 0
    # Prometheus sends everything again, and that is no news.
    cluster.post(WEB)
    same(core, cluster, reconciler)
    assert core.events() == ["opened"]


def test_after_the_window_its_word_counts(core: Core, cluster: Cluster) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    cluster.kill()
    cluster.start()
    same(core, cluster, core.reconciler(cluster))
    assert core.only().status == "vanished"
    assert "did not show it" in core.told()[-1][1]


def test_nobody_answers(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    cluster.post(WEB)
    wait_until(core.episodes)
    cluster.kill()
    for _ in range(5):
        looked = reconciler.look()
    assert not looked.good
    assert "cannot be reached: Connection refused" in looked.error
    assert core.only().is_open


def test_fires_again_with_the_same_start(core: Core, cluster: Cluster) -> None:
    """Prometheus was cut off, the alert expired, and the link healed: the alert is the one it was."""
    began = datetime.now(UTC) - timedelta(minutes=1)
    cluster.post(WEB, lasting=10, began=began)
    wait_until(lambda: core.episodes() and not core.only().is_open)
    cluster.post(WEB, began=began)
    wait_until(lambda: core.only().is_open)
    assert core.events() == ["opened", "resolved", "doubted"]
    core.reconciler(cluster).look()
    assert core.events() == ["opened", "resolved", "doubted", "confirmed"]
    assert core.only().reopened == 1


def test_fires_again_and_no_delivery_says_so(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    cluster.post(WEB, lasting=10)
    wait_until(lambda: core.episodes() and not core.only().is_open)
    core.listens = False
    cluster.post(WEB)
    same(core, cluster, reconciler)
    assert core.events() == ["opened", "resolved", "seen_again"]


def test_a_late_copy_of_an_old_delivery_opens_nothing_for_long(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    cluster.post(WEB)
    wait_until(core.episodes)
    cluster.resolve(WEB)
    wait_until(lambda: not core.only().is_open)
    core.deliver_again("firing")
    assert core.only().doubt == 1

    def ended() -> bool:
        reconciler.look()
        return not core.only().is_open

    wait_until(ended)
    assert core.only().status == "resolved"
    assert core.events() == ["opened", "resolved", "doubted", "resolved"]


def test_what_a_person_closed_stays_closed_for_a_while(core: Core, cluster: Cluster) -> None:
    reconciler = core.reconciler(cluster)
    cluster.post(WEB)
    wait_until(core.episodes)
    with core.database.write() as work:
        lifecycle.close(work, core.only().id, "user:ann", "it is a false alarm")
    for _ in range(4):
        reconciler.look()
    assert core.events() == ["opened", "closed"]
    assert not core.only().is_open
