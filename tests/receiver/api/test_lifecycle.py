"""What people do by the API: it is done once, seen at once, and in history and audit log under their name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.receiver_api import Api, alert, running_api, settings_of

_UNTIL = "2999-01-01T00:00:00Z"


@pytest.fixture
def one(api: Api) -> str:
    """The path of an alert."""
    api.deliver(alert())
    (found,) = api.get("/api/v1/alerts")["alerts"]
    return f"/api/v1/alerts/{found['id']}"


def test_acknowledge_and_give_back(api: Api, one: str) -> None:
    answer = api.ask("POST", f"{one}/acknowledge", role="responder", json={"why": "on it", "until": _UNTIL})
    assert answer.status_code == 200
    found = answer.json()
    assert found["status"] == "acknowledged"
    assert found["acknowledgement"]["by"] == "key:responder-all"
    assert found["acknowledgement"]["until"] == "2999-01-01T00:00:00.000000Z"
    assert api.get(one) == found
    back = api.ask("POST", f"{one}/unacknowledge").json()
    assert (back["status"], back["acknowledgement"]) == ("firing", None)


def test_suppress_and_take_back(api: Api, one: str) -> None:
    found = api.ask("POST", f"{one}/suppress", json={"why": "known", "until": _UNTIL}).json()
    assert (found["status"], found["suppression"]["why"]) == ("suppressed", "known")
    assert api.ask("POST", f"{one}/unsuppress", json={"why": "no more"}).json()["status"] == "firing"


def test_resolve_assign_and_comment(api: Api, one: str) -> None:
    assert api.ask("POST", f"{one}/assign", json={"assignee": "ann"}).json()["assignee"] == "ann"
    assert api.ask("POST", f"{one}/assign", json={"assignee": None}).json()["assignee"] is None
    found = api.ask("POST", f"{one}/resolve", json={"why": "mended"}).json()
    assert (found["status"], found["ended_by"]) == ("resolved", "key:admin-all")
    assert api.ask("POST", f"{one}/comment", json={"text": "It was\nthe cable."}).status_code == 200


def test_everything_is_in_history_and_log_under_their_name(api: Api, one: str) -> None:
    api.ask("POST", f"{one}/acknowledge", role="responder", json={"why": "on it"})
    api.ask("POST", f"{one}/comment", role="responder", json={"text": "hm"})
    events = api.get(f"{one}/history")["events"]
    assert [event["type"] for event in events] == ["opened", "acknowledged", "commented"]
    assert [event["actor"] for event in events[1:]] == ["key:responder-all"] * 2
    for event in events:
        record = api.get(f"/api/v1/audit/records/{event['record']}")
        assert (record["type"], record["actor"]) == (f"alert.{event['type']}", event["actor"])
        assert record["incident"] == event["alert"]


def test_the_same_again_changes_nothing(api: Api, one: str) -> None:
    said = {"why": "on it", "until": _UNTIL}
    first = api.ask("POST", f"{one}/acknowledge", json=said)
    again = api.ask("POST", f"{one}/acknowledge", json=said)
    assert first.json() == again.json()
    assert len(api.get(f"{one}/history")["events"]) == 2


def test_nobody_decides_on_what_they_have_not_seen(api: Api, one: str) -> None:
    seen = api.ask("GET", one).headers["ETag"]
    done = api.ask("POST", f"{one}/assign", json={"assignee": "ann"}, headers={"If-Match": seen})
    assert done.status_code == 200
    assert done.headers["ETag"] != seen
    late = api.ask("POST", f"{one}/assign", json={"assignee": "bob"}, headers={"If-Match": seen})
    assert (late.status_code, api.get(one)["assignee"]) == (412, "ann")
    now = api.ask(
        "POST", f"{one}/assign", json={"assignee": "bob"}, headers={"If-Match": done.headers["ETag"]}
    )
    assert now.json()["assignee"] == "bob"
    assert api.ask("POST", f"{one}/assign", json={"assignee": "x"}, headers={"If-Match": "*"}).ok
    for other in ('W/"1"', "1", '"1", "2"', '"x"'):
        answer = api.ask("POST", f"{one}/assign", json={"assignee": "y"}, headers={"If-Match": other})
        assert answer.status_code == 412


def test_what_has_ended_cannot_be_acknowledged(api: Api, one: str) -> None:
    api.deliver(alert(status="resolved"))
    answer = api.ask("POST", f"{one}/acknowledge", json={"why": "late"})
    assert answer.status_code == 409
    assert "ended" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("acknowledge", {}, 422),
        ("acknowledge", {"why": ""}, 422),
        ("acknowledge", {"why": "  "}, 422),
        ("acknowledge", {"why": "a\x00b"}, 422),
        ("acknowledge", {"why": "a\x1b[31m"}, 422),
        ("acknowledge", {"why": "x" * 1001}, 422),
        ("acknowledge", {"why": "x", "until": "tomorrow"}, 422),
        ("acknowledge", {"why": "x", "until": "2999-01-01T00:00:00"}, 422),
        ("acknowledge", {"why": "x", "until": "2001-01-01T00:00:00Z"}, 409),
        ("acknowledge", {"why": "x", "until": "0001-01-01T00:00:00+14:00"}, 409),
        ("acknowledge", {"why": "x", "untill": _UNTIL}, 422),
        ("acknowledge", {"why": ["x"]}, 422),
        ("acknowledge", [], 422),
        ("acknowledge", None, 422),
        ("suppress", {"why": "x"}, 422),
        ("assign", {}, 422),
        ("assign", {"assignee": ""}, 422),
        ("assign", {"assignee": "a\nb"}, 422),
        ("comment", {"text": "x" * 10_001}, 422),
    ],
)
def test_what_cannot_be_done_says_why_and_does_nothing(
    api: Api, one: str, what: str, body: Any, status: int
) -> None:
    before = api.get(one)
    answer = api.ask("POST", f"{one}/{what}", json=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert api.get(one) == before


def test_an_acknowledgement_may_not_outlast_the_settings(log_url: str, tmp_path: Path) -> None:
    settings = settings_of(log_url, tmp_path, acknowledgement={"max": "1h"})
    with running_api(settings) as api:
        api.deliver(alert())
        (found,) = api.get("/api/v1/alerts")["alerts"]
        place = f"/api/v1/alerts/{found['id']}/acknowledge"
        later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        answer = api.ask("POST", place, json={"why": "x", "until": later})
        assert answer.status_code == 409
        assert api.ask("POST", place, json={"why": "x"}).json()["acknowledgement"]["until"]


def test_reading_changes_nothing(api: Api, one: str) -> None:
    for what in ("acknowledge", "suppress", "resolve"):
        assert api.ask("GET", f"{one}/{what}").status_code == 405
        assert api.ask("HEAD", f"{one}/{what}").status_code == 405
