"""What keeps an action from being run, and what makes a notification wait; each decision is on record."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitorgen_exporters.receiver.effects import outbox
from monitorgen_exporters.receiver.effects.kind import Outcome
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.effects import ACTION, HOOK, Hands, effect, plan, recorded
from tests.support.episodes import Desk, alert, receiver_settings

FAILED = Outcome("failed", "it ended with exit code 1")


def desk_with(url: str, hook: dict[str, Any] | None = None, **action: Any) -> Desk:
    """A desk with one notification and one action like that."""
    return Desk(
        url,
        receiver_settings(
            notifications={"hook": {**HOOK, **(hook or {})}}, actions={"restart": {**ACTION, **action}}
        ),
    )


def command(desk: Desk, key: str, episode: Episode, target: str = "web-1") -> None:
    """Plans a run of the action."""
    assert plan(desk, key, episode, kind="command", name="restart", target=target)


def retry(desk: Desk, key: str) -> None:
    """A person has one tried again."""
    with desk.database.write() as work:
        outbox.retry(work, effect(desk, key).id, "user:ann")


@pytest.fixture
def plain(log_url: str) -> Iterator[Desk]:
    """No rule but the cooldown of a quarter of an hour."""
    with desk_with(log_url, concurrency=9) as desk:
        yield desk


@pytest.mark.parametrize("outcome", ["done", "failed", "unknown"])
def test_an_action_is_not_run_for_a_target_within_its_cooldown(plain: Desk, outcome: Any) -> None:
    hands, first, second = Hands(plain), plain.opened(), plain.opened("Other")
    command(plain, "a", first)
    assert hands.run("a", Outcome(outcome)) == outcome
    plain.clock.go(899)
    command(plain, "b", second)
    command(plain, "elsewhere", second, target="web-2")
    assert hands.claim() == ["elsewhere"]
    assert effect(plain, "b").state == "skipped"
    assert "cooldown: `restart` was run for `web-1` at" in effect(plain, "b").why
    assert recorded(plain)[-1]["why"] == effect(plain, "b").why
    plain.clock.go(2)
    command(plain, "c", second)
    assert hands.claim() == ["c"]


def test_a_tenants_cooldown_is_its_own(plain: Desk) -> None:
    hands, first = Hands(plain), plain.opened()
    plain.deliver(alert("Other"), tenant="other")
    ((id,),) = plain.query("SELECT id FROM receiver_episode WHERE tenant = 'other'")
    command(plain, "a", first)
    hands.run("a")
    command(plain, "b", plain.get(id))
    assert hands.claim() == ["b"]


def test_two_of_one_target_that_are_due_at_once_are_not_both_run(plain: Desk) -> None:
    hands, episode = Hands(plain), plain.opened()
    command(plain, "a", episode)
    command(plain, "b", plain.opened("Other"))
    assert hands.claim() == ["a"]
    # The first may still be cancelled: then the second is run in its place.
    assert effect(plain, "b").state == "planned"
    with plain.database.write() as work:
        outbox.cancel_one(work, effect(plain, "a").id, "user:ann")
    assert hands.start("a") is None
    assert hands.claim() == ["b"]


def test_while_one_runs_another_for_the_target_is_skipped(plain: Desk) -> None:
    hands = Hands(plain)
    command(plain, "a", plain.opened())
    assert hands.claim() == ["a"]
    hands.start("a")
    plain.clock.go(5000)  # it takes longer than its cooldown
    command(plain, "b", plain.opened("Other"))
    assert hands.claim() == []
    assert effect(plain, "b").state == "skipped"


def test_what_a_rate_does_not_allow_is_skipped(log_url: str) -> None:
    with desk_with(log_url, rate={"per": "1h", "at_most": 2}, concurrency=9) as desk:
        hands = Hands(desk)
        for number in range(4):
            command(desk, f"{number}", desk.opened(f"Alert{number}"), target=f"web-{number}")
        assert hands.claim() == ["0", "1"]
        assert effect(desk, "2").state == effect(desk, "3").state == "skipped"
        assert effect(desk, "2").why == "rate: `restart` was run 2 times in the last 3600 s"
        for key in ("0", "1"):
            hands.start(key)
            hands.finish(key, Outcome("done"))
        desk.clock.go(3601)
        command(desk, "4", desk.opened("Later"), target="web-4")
        assert hands.claim() == ["4"]


def test_what_runs_at_once_is_bounded_and_the_rest_waits(log_url: str) -> None:
    with desk_with(log_url, concurrency=2) as desk:
        hands = Hands(desk)
        for number in range(4):
            command(desk, f"{number}", desk.opened(f"Alert{number}"), target=f"web-{number}")
        assert hands.claim() == ["0", "1"]
        assert hands.claim() == []
        hands.start("0")
        assert hands.claim() == []
        hands.finish("0", Outcome("done"))
        assert hands.claim() == ["2"]
        assert effect(desk, "3").state == "planned"


def test_after_failures_in_a_row_an_action_stops_until_one_tried_again_is_done(log_url: str) -> None:
    with desk_with(log_url, stop_after=2, concurrency=1, cooldown="0s") as desk:
        hands = Hands(desk)
        for number in range(6):
            command(desk, f"{number}", desk.opened(f"Alert{number}"))
        assert hands.run("0", FAILED) == "failed"
        assert hands.run("1") == "done"
        assert hands.run("2", FAILED) == "failed"
        assert hands.run("3", FAILED) == "failed"
        assert hands.claim() == []
        assert "stop_after: `restart` failed 2 times in a row" in effect(desk, "4").why
        assert effect(desk, "5").state == "skipped"
        # While a person's attempt is under way, and after it has failed, nothing else is run.
        retry(desk, "3")
        command(desk, "6", desk.opened("Alert6"))
        assert hands.claim() == ["3"]
        command(desk, "7", desk.opened("Alert7"))
        hands.start("3")
        assert hands.finish("3", FAILED) == "failed"
        assert hands.claim() == []
        assert effect(desk, "6").state == effect(desk, "7").state == "skipped"
        retry(desk, "4")
        assert hands.run("4") == "done"
        command(desk, "8", desk.opened("Alert8"))
        assert hands.run("8", FAILED) == "failed"
        command(desk, "9", desk.opened("Alert9"))
        assert hands.run("9") == "done"


def test_what_was_never_begun_is_no_failure(log_url: str) -> None:
    with desk_with(log_url, stop_after=1) as desk:
        hands = Hands(desk)
        command(desk, "late", desk.opened())
        desk.clock.go(3601)
        assert hands.claim() == []
        assert effect(desk, "late").state == "failed"
        assert "has passed: not tried" in effect(desk, "late").why
        command(desk, "a", desk.opened("Other"))
        assert hands.claim() == ["a"]


def test_a_person_is_not_kept_back_by_cooldown_and_rate(log_url: str) -> None:
    with desk_with(log_url, rate={"per": "1h", "at_most": 1}) as desk:
        hands = Hands(desk)
        command(desk, "a", desk.opened())
        hands.run("a")
        command(desk, "b", desk.opened("Other"))
        assert hands.claim() == []
        assert effect(desk, "b").state == "skipped"
        retry(desk, "b")
        assert hands.run("b") == "done"
        assert effect(desk, "b").result["retried_by"] == "user:ann"


def test_notifications_beyond_their_throttle_wait_in_their_order(log_url: str) -> None:
    with desk_with(log_url, hook={"throttle": {"per": "1m", "at_most": 2}}) as desk:
        hands, episode = Hands(desk), desk.opened()
        for number in range(5):
            plan(desk, f"{number}", episode)
            desk.clock.go(1)
        assert hands.claim() == ["0", "1"]
        for key in ("0", "1"):
            hands.start(key)
            hands.finish(key, Outcome("done"))
        assert hands.claim() == []
        desk.clock.go(59)
        assert hands.claim() == []
        desk.clock.go(2)
        assert hands.claim() == ["2", "3"]
        desk.clock.go(3600)
        assert "4" in hands.claim()
        assert recorded(desk)[2:] == []


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        ("http", "gone", "the settings have no notification `gone` any more"),
        ("command", "gone", "the settings have no action `gone` any more"),
        ("http", "quiet", "notifications.quiet.enabled is false: moved"),
        ("command", "off", "actions.off.enabled is false: broken"),
    ],
)
def test_what_the_settings_do_not_want_any_more_is_skipped(
    log_url: str, kind: str, name: str, why: str
) -> None:
    settings = receiver_settings(
        notifications={"quiet": {**HOOK, "enabled": False, "reason": "moved"}},
        actions={"off": {**ACTION, "enabled": False, "reason": "broken"}},
    )
    with Desk(log_url, settings) as desk:
        plan(desk, "a", desk.opened(), kind=kind, name=name)
        assert Hands(desk).claim() == []
        assert (effect(desk, "a").state, effect(desk, "a").why) == ("skipped", why)
        assert [data["why"] for data in recorded(desk)] == [why]
