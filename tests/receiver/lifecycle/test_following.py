"""What follows from an event: who is told, what is run, and what of it is called off."""

from typing import Any

import orjson
import pytest

from monitorgen.vocabulary.receiver import Receiver
from monitorgen_exporters.receiver.episodes import lifecycle
from monitorgen_exporters.receiver.episodes.lifecycle import Refused
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import Desk, alert, receiver_settings

ANN = "user:ann"
HOOK = {"url": "https://hook.acme.example/x", "secret": {"env": "HOOK_SECRET"}}
RESTART = {
    "command": ["/usr/local/bin/restart", "--unit=${service}"],
    "parameters": {"service": {"label": "service", "pattern": "[a-z]{1,40}"}},
    "match": {"alertname": "High"},
    "target": "${service}",
}
ENDS = "2026-11-21T10:05:00Z"


def hooks(**said: Any) -> Receiver:
    return receiver_settings(notifications={"hook": {**HOOK, **said}})


def told(desk: Desk) -> list[str]:
    """The events that somebody was told of."""
    return [
        orjson.loads(request)["event"]["event"]
        for (request,) in desk.query("SELECT request FROM receiver_effect WHERE kind = 'http' ORDER BY id")
    ]


def test_what_is_told_is_all_of_the_episode_and_no_secret(log_url: str) -> None:
    with Desk(log_url, hooks()) as desk:
        id = desk.opened(team="shop").id
        ((key, kind, state, request),) = desk.query("SELECT key, kind, state, request FROM receiver_effect")
        assert (key, kind, state) == (f"hook:{id}:1", "http", "planned")
        assert "HOOK_SECRET" not in request
        assert orjson.loads(request)["event"] == {
            "version": 1,
            "event": "opened",
            "seq": 1,
            "time": desk.clock.now,
            "actor": "system:alertmanager",
            "data": {},
            "episode": {
                "id": id,
                "url": f"http://127.0.0.1:9393/api/v1/alerts/{id}",
                "status": "firing",
                "alertname": "High",
                "tenant": "acme",
                "source": "eu1",
                "service": "web",
                "team": "shop",
                "severity": "critical",
                "environment": "",
                "labels": {"alertname": "High", "severity": "critical", "service": "web", "team": "shop"},
                "annotations": {"summary": "Too many errors"},
                "generator_url": "http://prometheus/graph",
                "stages": [""],
                "starts_at": "2026-11-21T10:00:00.000000Z",
                "opened_at": desk.clock.now,
                "ended_at": None,
                "ended_by": None,
                "acknowledged_by": None,
                "acknowledged_at": None,
                "acknowledged_until": None,
                "acknowledged_why": None,
                "suppressed_until": None,
                "assignee": None,
                "reopened": 0,
                "notified": 0,
            },
        }


def test_a_repeat_is_no_event(log_url: str) -> None:
    settings = receiver_settings(notifications={"hook": HOOK}, actions={"restart": RESTART})
    with Desk(log_url, settings) as desk:
        desk.opened()
        before = desk.effects()
        for _ in range(3):
            desk.deliver(alert(), after=14400)
        assert desk.effects() == before
        assert len(before) == 2


def test_notifications_are_of_the_events_and_alerts_they_ask_for(log_url: str) -> None:
    settings = receiver_settings(
        notifications={
            "all": {**HOOK, "match": {"service": ["web", "shop"]}},
            "shop": {**HOOK, "match": {"service": "shop"}},
            "ends": {**HOOK, "events": ["resolved"]},
            "off": {**HOOK, "enabled": False, "reason": "moved"},
            "named": {**HOOK, "events": []},
        }
    )
    with Desk(log_url, settings) as desk:
        desk.deliver(alert(service="web"))
        assert desk.effects() == [("all", "http", "planned")]
        desk.deliver(alert(service="web", ends=ENDS))
        assert [name for name, _, _ in desk.effects()] == ["all", "all", "ends"]


def test_stages_are_told_until_somebody_is_at_it(log_url: str) -> None:
    with Desk(log_url, hooks()) as desk:
        id = desk.opened().id
        desk.deliver(alert(escalation_stage="1"))
        desk.deliver(alert(escalation_stage="1"))
        assert told(desk) == ["opened", "stage"]
        with desk.database.write() as work:
            lifecycle.acknowledge(work, id, ANN, "on it", None, longest=None)
        desk.deliver(alert(escalation_stage="2"))
        assert told(desk) == ["opened", "stage", "acknowledged"]
        assert desk.types(id).count("stage") == 2


def test_who_is_told_of_alerts_is_told_when_nobody_is_at_it_any_more(log_url: str) -> None:
    with Desk(log_url, hooks(events=["opened", "resolved"])) as desk:
        id = desk.opened().id
        with desk.database.write() as work:
            lifecycle.acknowledge(work, id, ANN, "on it", None, longest=None)
        with desk.database.write() as work:
            lifecycle.unacknowledge(work, id, ANN)
        with desk.database.write() as work:
            lifecycle.close(work, id, ANN, "mended")
        assert told(desk) == ["opened", "unacknowledged", "closed"]


def test_nobody_is_told_of_a_doubt_before_it_is_confirmed(log_url: str) -> None:
    settings = receiver_settings(
        notifications={"hook": HOOK, "curious": {**HOOK, "events": ["doubted", "confirmed"]}},
        actions={"restart": RESTART},
    )
    with Desk(log_url, settings) as desk:
        id = desk.opened().id
        desk.deliver(alert(ends=ENDS), after=400)
        planned = len(desk.effects())
        desk.deliver(alert())
        assert desk.get(id).doubt == 1
        with desk.database.write() as work:
            lifecycle.comment(work, id, ANN, "again?")
        desk.deliver(alert(escalation_stage="1"))
        assert [name for name, _, _ in desk.effects()[planned:]] == ["curious"]
        desk.deliver(alert(), after=60)
        assert desk.types(id)[-1] == "confirmed"
        assert [name for name, _, _ in desk.effects()[planned + 1 :]] == ["curious", "hook"]


def test_what_began_after_the_end_is_no_doubt(log_url: str) -> None:
    with Desk(log_url, hooks()) as desk:
        id = desk.opened().id
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert())
        desk.deliver(alert(starts="2026-11-21T10:06:00Z"))
        assert desk.types(id) == ["opened", "resolved", "doubted", "confirmed"]
        assert told(desk) == ["opened", "resolved", "confirmed"]


def test_an_old_stage_is_not_one_of_an_alert_that_fires_anew(log_url: str) -> None:
    with Desk(log_url, hooks()) as desk:
        desk.deliver(alert(), alert(escalation_stage="1", starts="2026-11-21T10:01:00Z"))
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert(starts="2026-11-21T10:07:00Z"))
        desk.deliver(alert(escalation_stage="1", starts="2026-11-21T10:01:00Z"))
        assert desk.types() == ["opened", "stage", "resolved", "opened"]
        desk.deliver(alert(escalation_stage="1", starts="2026-11-21T10:08:00Z"))
        assert desk.types() == ["opened", "stage", "resolved", "opened", "stage"]


def test_nobody_is_told_of_the_end_of_what_was_never_confirmed(log_url: str) -> None:
    with Desk(log_url, hooks()) as desk:
        id = desk.opened().id
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert())
        desk.deliver(alert(ends="2026-11-21T10:07:00Z"))
        assert desk.types(id) == ["opened", "resolved", "doubted", "resolved"]
        assert desk.events(id)[-1][2] == {"unconfirmed": True}
        assert told(desk) == ["opened", "resolved"]


def test_what_is_suppressed_is_not_heard_of_until_that_ends(log_url: str) -> None:
    with Desk(log_url, hooks()) as desk:
        id = desk.opened().id
        with desk.database.write() as work:
            lifecycle.suppress(work, id, ANN, "known", later(desk.clock.now, 7200))
        desk.deliver(alert(escalation_stage="1"))
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert())
        desk.deliver(alert(), after=60)
        assert told(desk) == ["opened", "resolved"]
        with desk.database.write() as work:
            lifecycle.unsuppress(work, id, ANN)
        assert told(desk) == ["opened", "resolved", "unsuppressed"]


def test_an_action_is_planned_once_for_an_episode_with_no_more_labels_than_it_needs(log_url: str) -> None:
    with Desk(log_url, receiver_settings(actions={"restart": RESTART})) as desk:
        id = desk.opened().id
        desk.deliver(alert("Other"))
        found = desk.query("SELECT key, kind, target, request FROM receiver_effect")
        assert [(key, kind, target, orjson.loads(request)) for key, kind, target, request in found] == [
            (f"restart:{id}", "command", "web", {"labels": {"service": "web"}})
        ]
        desk.deliver(alert(ends=ENDS), after=400)
        desk.deliver(alert())
        desk.deliver(alert(), after=60)
        assert desk.types(id)[-1] == "confirmed"
        assert len(desk.effects()) == 1


@pytest.mark.parametrize("on", ["opened", "stage", "acknowledged", "resolved"])
def test_actions_wait_for_what_they_are_for(log_url: str, on: str) -> None:
    with Desk(log_url, receiver_settings(actions={"restart": {**RESTART, "on": on}})) as desk:
        id = desk.opened().id
        seen = {"opened": len(desk.effects())}
        desk.deliver(alert(escalation_stage="1"))
        seen["stage"] = len(desk.effects())
        with desk.database.write() as work:
            lifecycle.acknowledge(work, id, ANN, "on it", None, longest=None)
        seen["acknowledged"] = len(desk.effects())
        with desk.database.write() as work:
            lifecycle.close(work, id, ANN, "mended")
        seen["resolved"] = len(desk.effects())
        first = next(event for event, count in seen.items() if count)
        assert (first, seen["resolved"]) == (on, 1)


def test_a_label_that_must_not_be_a_parameter_is_refused_and_recorded(log_url: str) -> None:
    with Desk(log_url, receiver_settings(actions={"restart": RESTART})) as desk:
        id = desk.opened(service="web; reboot").id
        assert desk.effects() == [("restart", "command", "skipped")]
        type, actor, data = desk.events(id)[-1]
        assert (type, actor, data["state"]) == ("effect", "system:effects", "skipped")
        assert "does not match" in data["why"]
        assert desk.get(id).changed == 2
        ((recorded,),) = desk.query("SELECT COUNT(*) FROM audit_record WHERE type = 'alert.effect'")
        assert recorded == 1


def test_the_end_of_an_alert_calls_off_what_was_not_begun(log_url: str) -> None:
    mend = {**RESTART, "on": "resolved"}
    settings = receiver_settings(notifications={"hook": HOOK}, actions={"restart": RESTART, "tidy": mend})
    with Desk(log_url, settings) as desk:
        id = desk.opened().id
        desk.deliver(alert(ends=ENDS), after=400)
        assert sorted(desk.effects()) == [
            ("hook", "http", "planned"),
            ("hook", "http", "planned"),
            ("restart", "command", "cancelled"),
            ("tidy", "command", "planned"),
        ]
        assert desk.types(id) == ["opened", "resolved", "effect"]
        assert desk.events(id)[-1][2]["why"] == "the alert ended before it was begun"
        assert desk.get(id).changed == 3


def test_an_outcome_that_nobody_knows_is_told_but_not_through_what_was_lost(log_url: str) -> None:
    settings = receiver_settings(
        notifications={"hook": HOOK, "lead": {**HOOK, "events": []}, "quiet": {**HOOK, "events": ["opened"]}},
        unknown_notify=["lead"],
    )
    with Desk(log_url, settings) as desk:
        episode = desk.opened()
        planned = len(desk.effects())
        with desk.database.write() as work:
            work.event(episode, "effect", "system:effects", {"name": "x", "kind": "command", "state": "done"})
            work.event(
                episode, "effect", "system:effects", {"name": "lead", "kind": "http", "state": "unknown"}
            )
        assert [name for name, _, _ in desk.effects()[planned:]] == ["hook"]
        with desk.database.write() as work:
            work.event(
                episode, "effect", "system:effects", {"name": "lead", "kind": "command", "state": "unknown"}
            )
        assert [name for name, _, _ in desk.effects()[planned + 1 :]] == ["hook", "lead"]


def test_nothing_follows_from_what_is_refused(log_url: str) -> None:
    with Desk(log_url, hooks(events=["acknowledged"])) as desk:
        id = desk.opened().id

        def twice() -> None:
            with desk.database.write() as work:
                lifecycle.acknowledge(work, id, ANN, "on it", None, longest=None)
                lifecycle.acknowledge(work, id, ANN, "", None, longest=None)

        with pytest.raises(Refused):
            twice()
        assert (desk.types(), desk.effects()) == (["opened"], [])
