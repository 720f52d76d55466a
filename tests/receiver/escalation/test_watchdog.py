"""Open alerts without the timer they need are found, given one, and counted; all others are left alone."""

import pytest
from prometheus_client import CollectorRegistry

from monitorgen_exporters.receiver.episodes import lifecycle
from monitorgen_exporters.receiver.escalation import running
from monitorgen_exporters.receiver.escalation.running import Timers
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import Desk, alert, receiver_settings
from tests.support.waiting import wait_until

ANN = "user:ann"
HOOK = {"url": "https://hook.acme.example/x", "events": []}
POLICY = {"timeout": "30m", "reminders": 0, "notify": ["lead"], "severities": ["critical"]}
SETTINGS = receiver_settings(acknowledgement=POLICY, notifications={"lead": HOOK})


def watch(desk: Desk) -> int:
    return Timers(desk.database, desk.settings.acknowledgement).watch()


def lose_all(desk: Desk) -> None:
    with desk.database.write() as work:
        work.store.execute("DELETE FROM receiver_timer")


def test_a_lost_timer_is_set_again(log_url: str) -> None:
    with Desk(log_url, SETTINGS) as desk:
        waiting = desk.opened().id
        until = later(desk.clock.now, 3600)
        taken, known, both = (desk.opened(name).id for name in ("Taken", "Known", "Both"))
        desk.opened("Low", severity="low")
        with desk.database.write() as work:
            lifecycle.acknowledge(work, taken, ANN, "on it", until, longest=None)
            lifecycle.suppress(work, known, ANN, "known", until)
            lifecycle.acknowledge(work, both, ANN, "on it", until, longest=None)
            lifecycle.suppress(work, both, ANN, "known", until)
        before = desk.query("SELECT id FROM receiver_timer ORDER BY id")
        assert watch(desk) == 0
        lose_all(desk)
        desk.clock.go(60)
        assert watch(desk) == 4
        assert desk.query("SELECT id FROM receiver_timer ORDER BY id") == before
        found = dict(desk.query("SELECT id, next_at FROM receiver_timer"))
        assert found[f"timeout:{waiting}"] == later(desk.clock.now, 1800)
        assert {at for id, at in found.items() if not id.startswith("timeout")} == {until}
        assert watch(desk) == 0


def test_who_waits_for_nothing_lacks_nothing(log_url: str) -> None:
    with Desk(log_url, SETTINGS) as desk:
        desk.opened("Ended")
        told, taken, doubted = (desk.opened(name).id for name in ("Told", "Taken", "Doubted"))
        with desk.database.write() as work:
            lifecycle.acknowledge(work, taken, ANN, "on it", None, longest=None)
        ends = "2026-11-21T10:05:00Z"
        desk.deliver(alert("Ended", ends=ends), alert("Doubted", ends=ends), after=400)
        desk.deliver(alert("Doubted"))
        assert desk.get(doubted).doubt == 1
        desk.clock.go(1800)
        Timers(desk.database, desk.settings.acknowledgement).round()
        assert desk.types(told) == ["opened", "timed_out"]
        assert watch(desk) == 0


def test_alerts_that_were_open_before_anybody_had_to_acknowledge_are_waited_for(log_url: str) -> None:
    with Desk(log_url) as desk:
        desk.deliver(*(alert(instance=str(number)) for number in range(25)))
        assert watch(desk) == 0
    registry = CollectorRegistry()
    with (
        pytest.MonkeyPatch.context() as patch,
        Desk(log_url, SETTINGS, new=False, clock=desk.clock) as desk,
    ):
        patch.setattr(running, "_TOGETHER", 10)
        timers = Timers(desk.database, desk.settings.acknowledgement, registry)
        timers.start()
        name = "monitorgen_receiver_timers_missing_total"
        wait_until(lambda: registry.get_sample_value(name) == 25)
        desk.clock.go(1800)
        wait_until(lambda: desk.types().count("timed_out") == 25)
        timers.stop()
