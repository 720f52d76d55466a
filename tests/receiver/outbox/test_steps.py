"""The steps of an effect: whose it is, what is tried again, and what becomes of one whose runner is gone."""

import os
import subprocess
import sys

import pytest

from monitorgen_exporters.receiver.effects import outbox, recovery, steps
from monitorgen_exporters.receiver.effects.kind import Outcome
from monitorgen_exporters.receiver.effects.owner import is_dead, new_owner
from monitorgen_exporters.receiver.effects.rules import Policy
from monitorgen_exporters.receiver.effects.steps import pause
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.moments import seconds_between
from tests.support.effects import FakeKind, Hands, all_effects, effect, plan, recorded
from tests.support.episodes import Desk

RETRY = Outcome("retry", "it answered 503")


def other(desk: Desk) -> Hands:
    """Another runner."""
    return Hands(desk, owner="other-machine:2/b")


def test_an_effect_is_had_by_one_runner(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    one, two = Hands(desk), other(desk)
    assert one.claim() == ["a"]
    assert two.claim() == []
    assert two.start("a") is None
    assert effect(desk, "a").state == "claimed"
    assert one.start("a") is not None
    assert two.finish("a", Outcome("done")) is None
    assert one.finish("a", Outcome("done", "fine", {"status": 200})) == "done"
    found = effect(desk, "a")
    assert (found.state, found.attempts, found.owner, found.result) == ("done", 1, None, {"status": 200})
    assert [data["state"] for data in recorded(desk)] == ["done"]


def test_a_step_that_is_taken_twice_is_taken_once(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    hands = Hands(desk)
    hands.claim()
    first, second = hands.start("a"), hands.start("a")
    assert first is not None
    assert second is not None
    assert first.attempts == second.attempts == 1
    assert hands.finish("a", Outcome("done")) == "done"
    assert hands.finish("a", Outcome("done")) is None
    assert len(recorded(desk)) == 1


def test_what_was_cancelled_after_it_was_claimed_is_not_begun(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    hands = Hands(desk)
    hands.claim()
    with desk.database.write() as work:
        outbox.cancel_one(work, effect(desk, "a").id, "user:ann")
    assert hands.start("a") is None


def test_attempts_are_further_and_further_apart_and_then_given_up(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    hands, waits = Hands(desk), []
    while (state := hands.run("a", RETRY)) == "planned":
        found = effect(desk, "a")
        waits.append(seconds_between(desk.clock.now, found.next_at))
        assert found.why == "it answered 503"
        assert hands.claim() == []
        desk.clock.now = found.next_at
    assert state == "failed"
    assert len(waits) == 19
    for number, wait in enumerate(waits):
        longest = min(2.0**number, 86400 / 20)
        assert longest / 2 <= wait <= longest
    assert effect(desk, "a").why == "given up after 20 attempts: it answered 503"
    assert [data["state"] for data in recorded(desk)] == ["failed"]


def test_nothing_is_tried_beyond_its_deadline(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    plan(desk, "b", episode)
    hands = Hands(desk)
    assert hands.run("a", Outcome("retry", "busy", retry_after=90_000)) == "failed"
    hands.start("b")
    assert hands.finish("b", Outcome("retry", "busy", retry_after=80_000)) == "planned"
    assert seconds_between(desk.clock.now, effect(desk, "b").next_at) == 80_000
    desk.clock.go(86_401)
    assert hands.claim() == []
    assert effect(desk, "b").state == "failed"
    assert "has passed: after 1 attempts, the last: busy" in effect(desk, "b").why
    # A person has as much time again.
    with desk.database.write() as work:
        outbox.retry(work, effect(desk, "b").id, "user:ann")
    assert hands.run("b") == "done"


def test_no_pause_is_longer_than_the_attempts_need() -> None:
    assert pause(10_000, Policy(attempts=3, deadline=30.0), 1.0) <= 10.0
    assert pause(1, Policy(), 1.0, asked=70.0) == 70.0


def test_what_is_given_back_was_not_an_attempt(desk: Desk, episode: Episode) -> None:
    for key in ("claimed", "begun"):
        plan(desk, key, episode)
    hands = Hands(desk)
    hands.claim()
    hands.start("begun")
    for found in all_effects(desk).values():
        with desk.database.write() as work:
            steps.give_back(work, found, hands.owner)
    assert {(each.state, each.attempts, each.owner) for each in all_effects(desk).values()} == {
        ("planned", 0, None)
    }
    assert recorded(desk) == []


def test_a_lease_that_is_renewed_does_not_end(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    one, two = Hands(desk), other(desk)
    one.claim()
    for _ in range(5):
        desk.clock.go(50)
        assert two.recover() == []
        with desk.database.write() as work:
            steps.renew(work, effect(desk, "a").id, one.owner, one.lease)
            steps.renew(work, effect(desk, "a").id, two.owner, 1e6)
    assert effect(desk, "a").owner == one.owner
    desk.clock.go(61)
    two.recover()
    assert effect(desk, "a").state == "planned"


def test_a_lease_over_gives_back_what_was_claimed_and_repeats_what_may_be(
    desk: Desk, episode: Episode
) -> None:
    plan(desk, "claimed", episode, kind="command", name="restart", target="1")
    plan(desk, "repeatable", episode)
    hands = Hands(desk)
    assert set(hands.claim()) == {"claimed", "repeatable"}
    hands.start("repeatable")
    desk.clock.go(59)
    assert other(desk).recover() == []
    assert effect(desk, "claimed").state == "claimed"
    desk.clock.go(2)
    assert other(desk).recover(mine=[effect(desk, "claimed").id]) == []
    assert effect(desk, "claimed").state == "claimed"
    assert (effect(desk, "repeatable").state, effect(desk, "repeatable").attempts) == ("planned", 1)
    other(desk).recover()
    assert (effect(desk, "claimed").state, effect(desk, "claimed").attempts) == ("planned", 0)
    assert hands.start("claimed") is None


def test_what_keeps_ending_its_receiver_is_given_up(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    hands = Hands(desk)
    for _ in range(20):
        desk.clock.now = max(desk.clock.now, effect(desk, "a").next_at)
        assert hands.claim() == ["a"]
        hands.start("a")
        desk.clock.go(61)
        other(desk).recover()
    assert effect(desk, "a").state == "failed"
    assert recovery.CRASHED in effect(desk, "a").why


def begun_and_lost(desk: Desk, episode: Episode) -> Hands:
    """The runner that has taken over an action whose first runner is gone."""
    plan(desk, "a", episode, kind="command", name="restart")
    first, second = Hands(desk), other(desk)
    assert first.claim() == ["a"]
    assert first.start("a") is not None
    desk.clock.go(61)
    (found,) = second.recover()
    assert found.owner == first.owner
    assert (effect(desk, "a").state, effect(desk, "a").owner) == ("started", second.owner)
    assert second.recover() == []
    return second


def test_what_nobody_knows_is_told_and_its_true_end_is_still_taken(desk: Desk, episode: Episode) -> None:
    second = begun_and_lost(desk, episode)
    first = Hands(desk)
    policy = Policy()
    with desk.database.write() as work:
        state = steps.finish(
            work,
            effect(desk, "a"),
            second.owner,
            Outcome("unknown", "nobody knows"),
            policy,
            kept_owner=first.owner,
        )
    assert state == "unknown"
    told = [key for key, each in all_effects(desk).items() if each.name == "pager"]
    assert len(told) == 1
    assert first.finish("a", Outcome("retry", "busy")) is None
    assert second.finish("a", Outcome("done")) is None
    assert first.finish("a", Outcome("done", "it was only slow")) == "done"
    assert [data["state"] for data in recorded(desk)] == ["unknown", "done"]
    assert [key for key, each in all_effects(desk).items() if each.name == "pager"] == told


@pytest.mark.parametrize(("state", "then"), [("done", "done"), ("retry", "planned")])
def test_what_a_probe_has_found_is_written(desk: Desk, episode: Episode, state: str, then: str) -> None:
    second = begun_and_lost(desk, episode)
    assert second.finish("a", Outcome(state, "its verify says so")) == then  # type: ignore[arg-type]
    assert effect(desk, "a").state == then
    assert Hands(desk).finish("a", Outcome("done")) is None


def test_an_effect_of_a_kind_that_is_not_known_is_left_alone(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode, kind="carrier-pigeon")
    assert Hands(desk).claim() == []
    kinds = {"carrier-pigeon": FakeKind()}
    assert Hands(desk, kinds=kinds).claim() == ["a"]
    desk.clock.go(61)
    assert other(desk).recover() == []
    assert effect(desk, "a").state == "claimed"


def _buried(desk: Desk, owner: str) -> dict[str, float]:
    """Seconds until others may take what that owner had, by key."""
    hands = Hands(desk, owner=owner)
    hands.claim()
    for key in ("repeatable", "begun"):
        hands.start(key)
    with desk.database.write() as work:
        recovery.bury(work, hands.kinds, desk.settings, 15.0)
    return {
        key: seconds_between(desk.clock.now, str(each.lease_until))
        for key, each in all_effects(desk).items()
        if each.lease_until
    }


def _owner_elsewhere() -> tuple[subprocess.Popen[str], str]:
    """A process, and its name as an owner."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from monitorgen_exporters.receiver.effects.owner import new_owner\n"
            "print(new_owner(), flush=True)\ninput()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_leases_of_the_dead_end_at_once_and_no_others(desk: Desk, episode: Episode) -> None:
    plan(desk, "repeatable", episode)
    plan(desk, "claimed", episode)
    plan(desk, "begun", episode, kind="command", name="restart")
    process, owner = _owner_elsewhere()
    with process:
        assert not is_dead(owner)
        assert _buried(desk, owner) == {"repeatable": 60.0, "claimed": 60.0, "begun": 60.0}
        process.kill()
        process.wait()
    if not owner.startswith(new_owner().partition(f":{os.getpid()}:")[0]):
        pytest.skip("this system does not tell which processes there are")
    assert is_dead(owner)
    # A command ends a little after its receiver.
    assert _buried(desk, owner) == {"repeatable": 0.0, "claimed": 0.0, "begun": 15.0}


def test_only_what_is_certain_is_dead() -> None:
    assert not is_dead(new_owner())
    assert new_owner() != new_owner()
    assert not is_dead("")
    assert not is_dead("other-machine:1/a")
    boot, _, rest = new_owner().partition(":pid:[")
    pid, _, times = rest.partition("]:")
    assert not is_dead(f"{'0' * len(boot)}:pid:[{pid}]:{times}")
    assert not is_dead(f"{boot}:pid:[1{pid}]:{times}")
