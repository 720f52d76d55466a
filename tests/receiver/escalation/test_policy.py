"""Who does not acknowledge is reminded of it, and what runs out ends: by timers alone, on a clock of the
test's."""

from typing import Any

import orjson
import pytest

from monitorgen_exporters.receiver.episodes import lifecycle
from monitorgen_exporters.receiver.escalation.running import Timers
from monitorgen_exporters.receiver.escalation.timers import NEVER
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import BEGAN, Desk, alert, receiver_settings

ANN = "user:ann"
ENDS = "2026-11-21T10:05:00Z"
HOOK = {"url": "https://hook.acme.example/x", "events": []}
POLICY = {"timeout": "30m", "reminder": "15m", "reminders": 2, "max": "24h", "notify": ["lead"]}


def a_desk(url: str, **policy: Any) -> Desk:
    hooks = {"lead": HOOK, "boss": HOOK}
    return Desk(url, receiver_settings(acknowledgement={**POLICY, **policy}, notifications=hooks))


def go(desk: Desk, seconds: float) -> str | None:
    """Lets the time pass and carries out what is due then."""
    desk.clock.go(seconds)
    return Timers(desk.database, desk.settings.acknowledgement).round()


def acknowledge(desk: Desk, id: str, until: str | None = None) -> None:
    with desk.database.write() as work:
        longest = desk.settings.acknowledgement.max
        lifecycle.acknowledge(work, id, ANN, "on it", until, longest=longest)


def names_told(desk: Desk) -> list[tuple[str, str]]:
    found = desk.query("SELECT name, request FROM receiver_effect ORDER BY id")
    return [(str(name), orjson.loads(request)["event"]["event"]) for name, request in found]


def test_nobody_acknowledges(log_url: str) -> None:
    with a_desk(log_url) as desk:
        episode = desk.opened()
        assert desk.timers() == {"timeout": later(episode.opened_at, 1800)}
        go(desk, 1799)
        assert desk.types() == ["opened"]
        go(desk, 1)
        assert desk.types() == ["opened", "timed_out"]
        assert go(desk, 0) == later(episode.opened_at, 2700)
        for _ in range(5):
            go(desk, 900)
        assert desk.events()[1:] == [
            ("timed_out", "system:escalation", {"notify": ["lead"]}),
            ("reminded", "system:escalation", {"number": 1, "of": 2, "notify": ["lead"]}),
            ("reminded", "system:escalation", {"number": 2, "of": 2, "notify": ["lead"]}),
        ]
        assert names_told(desk) == [("lead", "timed_out"), ("lead", "reminded"), ("lead", "reminded")]
        assert desk.timers() == {"over": NEVER}
        assert (desk.get(episode.id).notified, desk.get(episode.id).status) == (3, "firing")


def test_without_a_reminder_the_timeout_is_all(log_url: str) -> None:
    with a_desk(log_url, reminder=None) as desk:
        desk.opened()
        go(desk, 1800)
        go(desk, 86400)
        assert desk.types() == ["opened", "timed_out"]


def test_repeats_and_stages_do_not_begin_the_wait_anew(log_url: str) -> None:
    with a_desk(log_url) as desk:
        desk.opened()
        before = desk.timers()
        desk.deliver(alert(), after=900)
        desk.deliver(alert(escalation_stage="1"))
        assert desk.timers() == before


def test_an_acknowledgement_ends_the_wait_and_begins_it_anew_when_it_ends(log_url: str) -> None:
    with a_desk(log_url) as desk:
        id = desk.opened().id
        until = later(desk.clock.now, 7200)
        acknowledge(desk, id, until)
        assert desk.timers() == {"acknowledgement": until}
        go(desk, 7199)
        assert desk.types() == ["opened", "acknowledged"]
        go(desk, 1)
        type, actor, data = desk.events()[-1]
        assert (type, actor) == ("expired", "system:escalation")
        assert data == {"what": "acknowledgement", "by": ANN, "until": until}
        assert (desk.get(id).status, desk.get(id).acknowledged_by) == ("firing", None)
        assert desk.timers() == {"timeout": later(until, 1800)}
        go(desk, 1800)
        assert desk.types()[-1] == "timed_out"
        acknowledge(desk, id)
        assert desk.timers() == {"acknowledgement": later(desk.clock.now, 86400)}
        with desk.database.write() as work:
            lifecycle.unacknowledge(work, id, ANN)
        assert desk.timers() == {"timeout": later(desk.clock.now, 1800)}


def test_a_suppression_holds_back_the_wait_and_runs_out(log_url: str) -> None:
    with a_desk(log_url) as desk:
        id = desk.opened().id
        until = later(desk.clock.now, 7200)
        with desk.database.write() as work:
            lifecycle.suppress(work, id, ANN, "known", until)
        acknowledge(desk, id)
        acknowledged = later(desk.clock.now, 86400)
        assert desk.timers() == {"acknowledgement": acknowledged, "suppression": until}
        go(desk, 7200)
        assert desk.events()[-1][2] == {"what": "suppression", "by": ANN, "until": until}
        assert (desk.get(id).status, desk.timers()) == ("acknowledged", {"acknowledgement": acknowledged})


def test_both_run_out_at_the_same_time(log_url: str) -> None:
    with a_desk(log_url) as desk:
        id = desk.opened().id
        until = later(desk.clock.now, 7200)
        acknowledge(desk, id, until)
        with desk.database.write() as work:
            lifecycle.suppress(work, id, ANN, "known", until)
        go(desk, 10000)
        assert desk.types(id)[-2:] == ["expired", "expired"]
        assert desk.timers() == {"timeout": later(desk.clock.now, 1800)}


@pytest.mark.parametrize("ends", ["resolved", "closed"])
def test_an_end_takes_all_timers_away(log_url: str, ends: str) -> None:
    with a_desk(log_url) as desk:
        id = desk.opened().id
        until = later(desk.clock.now, 7200)
        acknowledge(desk, id, until)
        with desk.database.write() as work:
            lifecycle.suppress(work, id, ANN, "known", until)
        if ends == "resolved":
            desk.deliver(alert(ends=ENDS))
        else:
            with desk.database.write() as work:
                lifecycle.close(work, id, ANN, "mended")
        assert desk.timers() == {}
        go(desk, 86400)
        assert desk.types()[-1] == ends


def test_a_doubt_is_waited_for_once_it_is_confirmed(log_url: str) -> None:
    with a_desk(log_url) as desk:
        id = desk.opened().id
        until = later(desk.clock.now, 7200)
        with desk.database.write() as work:
            lifecycle.suppress(work, id, ANN, "known", until)
            lifecycle.unsuppress(work, id, ANN)
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert())
        assert (desk.get(id).doubt, desk.timers()) == (1, {})
        desk.deliver(alert(), after=60)
        assert desk.timers() == {"timeout": later(desk.clock.now, 1800)}


def test_a_suppression_that_ran_out_while_nothing_fired_is_over_when_it_fires(log_url: str) -> None:
    with a_desk(log_url) as desk:
        id = desk.opened().id
        with desk.database.write() as work:
            lifecycle.suppress(work, id, ANN, "known", later(desk.clock.now, 3600))
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert(), after=7200)
        desk.deliver(alert(), after=60)
        assert desk.get(id).status == "suppressed"
        go(desk, 0)
        assert desk.types(id)[-1] == "expired"
        assert (desk.get(id).status, set(desk.timers())) == ("firing", {"timeout"})


def test_only_severities_that_the_policy_names_are_waited_for(log_url: str) -> None:
    with a_desk(log_url, severities=["critical"]) as desk:
        desk.opened(severity="low")
        assert desk.timers() == {}
        desk.opened("Other")
        assert set(desk.timers()) == {"timeout"}


def test_a_wait_goes_on_by_the_policy_it_began_with(log_url: str) -> None:
    with a_desk(log_url) as desk:
        desk.opened()
        now = desk.clock.now
    with _reopened(log_url, now, timeout="1m", reminder="1m", reminders=9, notify=["boss"]) as desk:
        assert desk.timers() == {"timeout": later(now, 1800)}
        for _ in range(5):
            go(desk, 1800)
        assert desk.types() == ["opened", "timed_out", "reminded", "reminded"]
        assert {name for name, _ in names_told(desk)} == {"lead"}


def test_a_timeout_is_told_to_somebody_when_its_notification_is_gone(log_url: str) -> None:
    with a_desk(log_url) as desk:
        desk.opened()
        now = desk.clock.now
    settings = receiver_settings(acknowledgement={**POLICY, "notify": ["boss"]}, notifications={"boss": HOOK})
    with Desk(log_url, settings, new=False) as desk:
        desk.clock.now = now
        go(desk, 1800)
        assert names_told(desk) == [("boss", "timed_out")]


def test_what_was_overdue_while_nothing_ran_is_done_once_at_the_start(log_url: str) -> None:
    with a_desk(log_url) as desk:
        desk.opened()
    with _reopened(log_url, BEGAN) as desk:
        go(desk, 7 * 86400)
        assert desk.types() == ["opened", "timed_out"]
        assert desk.timers() == {"reminder": later(desk.clock.now, 900)}


def test_a_clock_that_is_set_back_and_forth_has_nothing_done_twice(log_url: str) -> None:
    with a_desk(log_url) as desk:
        desk.opened()
        go(desk, 1800)
        go(desk, -3600)
        go(desk, 3600)
        assert desk.types() == ["opened", "timed_out"]
        go(desk, 900)
        go(desk, -86400)
        assert desk.types() == ["opened", "timed_out", "reminded"]
        go(desk, 86400 + 900)
        assert desk.types() == ["opened", "timed_out", "reminded", "reminded"]


def _reopened(url: str, now: str, **policy: Any) -> Desk:
    desk = a_desk(url, **policy)
    desk.new = False
    desk.clock.now = now
    return desk
