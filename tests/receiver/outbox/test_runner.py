"""The runner at work: what it is woken by, what it tries again, and what keeps it from nothing else."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from monitorgen_exporters.receiver.effects import doing, outbox
from monitorgen_exporters.receiver.effects.counts import Counts
from monitorgen_exporters.receiver.effects.doing import Doing, Flight
from monitorgen_exporters.receiver.effects.kind import Outcome
from monitorgen_exporters.receiver.effects.runner import Runner, Timing
from monitorgen_exporters.receiver.moments import later, seconds_between
from tests.support.effect_scene import RealClock
from tests.support.effects import ACTION, HOOK, FakeKind, Hands, all_effects, effect, plan, recorded
from tests.support.episodes import Desk, receiver_settings
from tests.support.waiting import wait_until

RETRY = Outcome("retry", "it answered 503")


@pytest.fixture
def desk(log_url: str) -> Iterator[Desk]:
    """Two notifications and an action; `told` is sent when an alert opens."""
    settings = receiver_settings(
        notifications={"hook": HOOK, "slow": HOOK, "told": {**HOOK, "events": ["opened"]}, "pager": HOOK},
        actions={"restart": {**ACTION, "concurrency": 9}},
        unknown_notify=["pager"],
    )
    with Desk(log_url, settings, clock=RealClock()) as desk:  # type: ignore[arg-type]
        yield desk


@contextmanager
def running(
    desk: Desk, *kinds: FakeKind, places: dict[str, tuple[int, int]] | None = None, **timing: float
) -> Iterator[Runner]:
    """A runner at work."""
    asked = Timing(**{"poll": 0.05, "first_pause": 0.01, "grace": 60.0, **timing})
    more: dict[str, Any] = {} if places is None else {"places": places}
    runner = Runner(desk.database, desk.settings, kinds, timing=asked, **more)
    runner.start()
    try:
        yield runner
    finally:
        for kind in kinds:
            for gate in kind.gates.values():
                gate.set()
        runner.stop()


def comes_to(desk: Desk, key: str, state: str) -> None:
    """Returns once an effect is in that state."""
    wait_until(lambda: effect(desk, key).state == state)


def test_an_event_wakes_it(desk: Desk) -> None:
    kind = FakeKind()
    with running(desk, kind, poll=100_000.0) as runner:
        wait_until(lambda: runner._buried)
        desk.opened()
        wait_until(lambda: [each.state for each in all_effects(desk).values()] == ["done"])
    assert len(kind.began) == 1
    assert runner.counts.ended == Counter({("http", "told", "done"): 1})
    assert runner.counts.begun == Counter({("http", "told"): 1})
    assert sum(runner.counts.late) == 1
    assert [data["state"] for data in recorded(desk)] == ["done"]


def test_what_is_planned_for_later_is_done_when_it_is_due(desk: Desk) -> None:
    kind, episode = FakeKind(), desk.opened()
    plan(desk, "a", episode, next_at=later(desk.database.clock(), 1.0))
    with running(desk, kind, poll=100_000.0):
        comes_to(desk, "a", "done")
    found = effect(desk, "a")
    assert seconds_between(found.planned_at, found.changed_at) >= 1.0


def test_what_failed_for_now_is_tried_again(desk: Desk) -> None:
    kind, episode = FakeKind(answers=[RETRY, RETRY]), desk.opened()
    with running(desk, kind) as runner:
        wait_until(lambda: runner.counts.ended["http", "told", "done"])
        plan(desk, "a", episode)
        comes_to(desk, "a", "done")
    assert runner.counts.ended["http", "told", "planned"] == 2
    assert runner.counts.begun == Counter({("http", "told"): 3, ("http", "hook"): 1})


@pytest.mark.parametrize("answer", [RuntimeError("a bug"), Outcome("unknown", "it was killed")])
@pytest.mark.parametrize(
    ("repeatable", "done", "ends", "times"),
    [(False, None, "unknown", 1), (False, True, "done", 1), (False, False, "done", 2)],
)
def test_an_outcome_that_nobody_knows_is_looked_for(
    desk: Desk,
    answer: Any,
    repeatable: bool,
    done: bool | None,
    ends: str,
    times: int,
) -> None:
    kind = FakeKind("command", answers=[answer], repeatable=repeatable, done=done)
    plan(desk, "a", desk.opened(), kind="command", name="restart")
    with running(desk, kind):
        comes_to(desk, "a", ends)
    assert kind.began == ["a"] * times
    assert sum(each.name == "pager" for each in all_effects(desk).values()) == (ends == "unknown")


def test_what_broke_off_and_may_be_repeated_is(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    kind = FakeKind(answers=[RuntimeError("a bug")])
    desk.opened()
    with running(desk, kind), caplog.at_level(logging.ERROR):
        wait_until(lambda: [each.state for each in all_effects(desk).values()] == ["done"])
    assert len(kind.began) == 2
    assert "failed in an unknown way" in caplog.text


def test_slow_ones_keep_no_others_waiting(desk: Desk) -> None:
    episode, gate = desk.opened(), Event()
    http = FakeKind(gates={"slow": gate})
    command = FakeKind("command", repeatable=False)
    for number in range(6):
        plan(desk, f"slow{number}", episode, name="slow")
    with running(desk, http, command, places={"http": (4, 2), "command": (2, 2)}) as runner:
        wait_until(lambda: runner.busy == 2)
        for number in range(6):
            plan(desk, f"hook{number}", episode)
            plan(desk, f"c{number}", episode, kind="command", name="restart", target=f"{number}")
        for number in range(6):
            comes_to(desk, f"hook{number}", "done")
            comes_to(desk, f"c{number}", "done")
        assert sum(each.state == "started" for each in all_effects(desk).values()) == 2
        assert command.most <= 2
        gate.set()
        for number in range(6):
            comes_to(desk, f"slow{number}", "done")
    assert Counter(http.began)["slow5"] == 1


def test_a_lease_is_renewed_while_an_effect_takes_its_time(desk: Desk) -> None:
    gate = Event()
    kind = FakeKind(gates={"told": gate})
    desk.opened()
    with running(desk, kind, lease=8.0):
        wait_until(lambda: [each.state for each in all_effects(desk).values()] == ["started"])
        (first,) = all_effects(desk).values()
        wait_until(
            lambda: str(*[each.lease_until for each in all_effects(desk).values()]) > str(first.lease_until)
        )
        gate.set()
        wait_until(lambda: [each.state for each in all_effects(desk).values()] == ["done"])
    assert len(kind.began) == 1


def test_what_must_not_be_done_twice_is_left_alone_as_long_as_it_may_take(desk: Desk) -> None:
    gate = Event()
    kind = FakeKind("command", repeatable=False, gates={"restart": gate})
    plan(desk, "a", desk.opened(), kind="command", name="restart")
    with running(desk, kind, lease=1.0):
        comes_to(desk, "a", "started")
        found = effect(desk, "a")
        assert seconds_between(found.changed_at, str(found.lease_until)) >= 10.0 + doing._MARGIN
        gate.set()
        comes_to(desk, "a", "done")


def test_stop_waits_for_what_is_under_way_and_begins_nothing_more(desk: Desk) -> None:
    gate, episode = Event(), desk.opened()
    kind = FakeKind(gates={"told": gate})
    with running(desk, kind, places={"http": (1, 1)}) as runner:
        wait_until(lambda: kind.began)
        plan(desk, "a", episode)
        runner._doing.ending.set()
        gate.set()
        runner.stop()
        assert runner.busy == 0
    assert effect(desk, "a").state == "planned"
    assert sorted(each.state for each in all_effects(desk).values()) == ["done", "planned"]


def test_what_does_not_end_in_time_is_left_to_recovery(desk: Desk) -> None:
    gate = Event()
    kind = FakeKind(gates={"told": gate})
    desk.opened()
    with running(desk, kind, grace=0.05, lease=1.0) as runner:
        wait_until(lambda: kind.began)
        runner.stop()
        assert [each.state for each in all_effects(desk).values()] == ["started"]
        after = FakeKind()
        with running(desk, after):
            wait_until(lambda: [each.state for each in all_effects(desk).values()] == ["done"])
    assert len(after.began) == 1


def flight_of(desk: Desk, hands: Hands) -> Flight:
    """A claimed effect, as a runner has it."""
    plan(desk, "a", desk.opened())
    hands.claim()
    return Flight(effect(desk, "a"), hands.owner, 60.0, lost=False)


def test_what_was_claimed_as_the_runner_stopped_is_given_back(desk: Desk) -> None:
    kind = FakeKind()
    work = Doing(desk.database, desk.settings, {"http": kind}, Counts())
    flight = flight_of(desk, Hands(desk))
    work.ending.set()
    work.do(flight)
    assert (effect(desk, "a").state, effect(desk, "a").attempts, kind.began) == ("planned", 0, [])


def test_what_was_cancelled_or_taken_meanwhile_is_not_done(desk: Desk) -> None:
    kind = FakeKind()
    work = Doing(desk.database, desk.settings, {"http": kind}, Counts())
    flight = flight_of(desk, Hands(desk))
    with desk.database.write() as changing:
        outbox.cancel_one(changing, flight.effect.id, "user:ann")
    work.do(flight)
    assert (effect(desk, "a").state, kind.began) == ("cancelled", [])


def test_a_begin_that_took_too_long_to_write_is_not_acted_on(desk: Desk) -> None:
    kind = FakeKind()
    work = Doing(desk.database, desk.settings, {"http": kind}, Counts())
    hands = Hands(desk)
    flight = flight_of(desk, hands)
    work.do(Flight(flight.effect, flight.owner, 0.0, lost=False))
    assert (effect(desk, "a").state, effect(desk, "a").attempts, kind.began) == ("planned", 0, [])


def test_a_runner_that_was_not_started_stops(desk: Desk) -> None:
    Runner(desk.database, desk.settings, [FakeKind()]).stop()
