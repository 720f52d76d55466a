"""The thread of timers: when it wakes, what it counts, that nothing stops it, and that all happens once."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from monitorgen_exporters.audit.store.errors import Gone
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.escalation import running
from monitorgen_exporters.receiver.escalation.running import Timers
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import Desk, alert, receiver_settings
from tests.support.waiting import wait_until

HOOK = {"url": "https://hook.acme.example/x", "events": []}
SETTINGS = receiver_settings(
    acknowledgement={"timeout": "30m", "reminder": "15m", "notify": ["lead"]}, notifications={"lead": HOOK}
)


@pytest.fixture
def desk(log_url: str) -> Iterator[Desk]:
    """Alerts have to be acknowledged within 30 minutes."""
    with Desk(log_url, SETTINGS) as desk:
        yield desk


@contextmanager
def timers(desk: Desk, registry: CollectorRegistry | None = None) -> Iterator[Timers]:
    """The thread, running."""
    running = Timers(desk.database, desk.settings.acknowledgement, registry)
    running.start()
    try:
        yield running
    finally:
        running.stop()
    assert not running.is_alive()


def many(desk: Desk, count: int) -> None:
    desk.deliver(*(alert(instance=str(number)) for number in range(count)))


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    found = registry.get_sample_value(f"monitorgen_receiver_{name}", labels)
    assert found is not None
    return found


def test_overdue_timers_are_carried_out_at_the_start_and_how_late_is_told(desk: Desk) -> None:
    many(desk, 3)
    desk.clock.go(1800 + 45)
    registry = CollectorRegistry()
    with timers(desk, registry):
        wait_until(lambda: desk.types().count("timed_out") == 3)
    assert value(registry, "timers_fired_total", kind="timeout") == 3
    assert value(registry, "timer_lateness_seconds_count") == 3
    assert value(registry, "timer_lateness_seconds_sum") == pytest.approx(3 * 45)
    assert value(registry, "timers_failed_total") == 0


def test_it_sees_that_the_clock_was_set(desk: Desk) -> None:
    with timers(desk):
        many(desk, 1)
        desk.clock.go(1800)
        wait_until(lambda: "timed_out" in desk.types())
        desk.clock.go(-1800)
        desk.clock.go(2700)
        wait_until(lambda: "reminded" in desk.types())
    assert desk.types() == ["opened", "timed_out", "reminded"]


def test_a_commit_wakes_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_LOOK", 3600.0)
    with timers(desk):
        many(desk, 1)
        desk.clock.go(1800)
        many(desk, 2)  # its one new alert is an event
        wait_until(lambda: "timed_out" in desk.types())


def test_several_transactions_for_more_than_belong_into_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_TOGETHER", 7)
    many(desk, 40)
    desk.clock.go(1800)
    Timers(desk.database, desk.settings.acknowledgement).round()
    assert desk.types().count("timed_out") == 40
    assert len({id for (id,) in desk.query("SELECT episode FROM receiver_effect")}) == 40


@pytest.mark.parametrize("data", ["{}", "no JSON"])
def test_one_that_fails_keeps_no_other_waiting(
    desk: Desk, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    many(desk, 5)
    ((broken,),) = desk.query("SELECT id FROM receiver_episode ORDER BY id LIMIT 1")
    with desk.database.write() as work:
        work.store.execute("UPDATE receiver_timer SET data = ? WHERE episode = ?", [data, broken])
    desk.clock.go(1800)
    registry = CollectorRegistry()
    timers = Timers(desk.database, desk.settings.acknowledgement, registry)
    with caplog.at_level(logging.ERROR):
        timers.round()
    assert desk.types().count("timed_out") == 4
    assert "timed_out" not in desk.types(str(broken))
    assert value(registry, "timers_failed_total") == 1
    assert f"the timer timeout:{broken} failed" in caplog.text
    assert desk.query("SELECT next_at FROM receiver_timer WHERE episode = ?", broken) == [
        (later(desk.clock.now, 60),)
    ]
    desk.clock.go(60)
    timers.round()
    assert value(registry, "timers_failed_total") == 2


def test_a_database_that_is_gone_for_a_while_delays_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running, "_LOOK", 0.05)
    many(desk, 3)
    real, left = Database.write, 3
    registry = CollectorRegistry()

    def write(self: Database) -> Any:
        nonlocal left
        if left:
            left -= 1
            raise Gone("the server went away")
        return real(self)

    monkeypatch.setattr(Database, "write", write)
    desk.clock.go(1800)
    with caplog.at_level(logging.ERROR), timers(desk, registry):
        wait_until(lambda: desk.types().count("timed_out") == 3)
    assert value(registry, "timers_failed_total") == 0
    assert caplog.text.count("timers cannot be carried out now") == 1


def test_what_was_rolled_back_is_still_due(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    many(desk, 3)
    desk.clock.go(1800)
    carried_out = running._fire_all

    def then_killed(*said: Any) -> None:
        carried_out(*said)
        raise Gone("at the last moment")

    monkeypatch.setattr(running, "_fire_all", then_killed)
    with pytest.raises(Gone):
        Timers(desk.database, desk.settings.acknowledgement).round()
    assert (desk.types(), desk.effects()) == (["opened"] * 3, [])
    monkeypatch.undo()
    Timers(desk.database, desk.settings.acknowledgement).round()
    assert desk.types() == ["opened"] * 3 + ["timed_out"] * 3


def test_two_receivers_carry_out_each_timer_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_TOGETHER", 10)
    many(desk, 200)
    with Desk(desk.url, SETTINGS, new=False, clock=desk.clock) as other:
        desk.clock.go(1800)
        begin = threading.Barrier(2)

        def round(one: Desk) -> None:
            begin.wait()
            Timers(one.database, one.settings.acknowledgement).round()

        both = [threading.Thread(target=round, args=[one]) for one in (desk, other)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    assert desk.types().count("timed_out") == 200
    assert len(desk.effects()) == 200
    assert {int(number) for (number,) in desk.query("SELECT notified FROM receiver_episode")} == {1}


def test_the_timer_of_an_episode_that_is_gone_is_dropped(desk: Desk) -> None:
    many(desk, 1)
    with desk.database.write() as work:
        work.store.execute("DELETE FROM receiver_episode")
    desk.clock.go(1800)
    Timers(desk.database, desk.settings.acknowledgement).round()
    assert (desk.timers(), desk.types()) == ({}, ["opened"])


def test_a_timer_of_a_kind_that_a_later_version_has_is_kept(desk: Desk) -> None:
    many(desk, 1)
    with desk.database.write() as work:
        work.store.execute("UPDATE receiver_timer SET kind = 'approval'")
    desk.clock.go(1800)
    Timers(desk.database, desk.settings.acknowledgement).round()
    assert desk.timers() == {"approval": later(desk.clock.now, 60)}


def test_it_can_be_stopped_before_it_was_started_and_again(desk: Desk) -> None:
    stopped = Timers(desk.database, desk.settings.acknowledgement)
    stopped.stop()
    stopped.stop()
    with timers(desk) as running:
        pass
    running.stop()
    assert desk.database.listeners["timers"] == []
