"""Lists of alerts: what fits, page by page, and only when something is new."""

from typing import Any

import pytest

from tests.support.receiver_api import Api, alert


def names(page: Any) -> set[str]:
    return {each["alertname"] for each in page["alerts"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"WebDown", "DiskFull", "NoTeam"}),
        ("status=firing", {"WebDown", "NoTeam"}),
        ("status=open", {"WebDown", "NoTeam"}),
        ("status=resolved", {"DiskFull"}),
        ("status=resolved&status=open", {"WebDown", "DiskFull", "NoTeam"}),
        ("service=web", {"WebDown"}),
        ("service=web&service=db", {"WebDown", "DiskFull"}),
        ("team=", {"NoTeam"}),
        ("severity=warning", {"DiskFull"}),
        ("alertname=WebDown&team=data", set()),
        ("label=region=eu", {"WebDown"}),
        ("label=region=e", set()),
        ("label=regio=eu", set()),
        ("label=region=", set()),
        ("label=alertname=WebDown", {"WebDown"}),
        ('label=quote=say "hi", {you}', {"NoTeam"}),
        ("label=you}=", set()),
        ("label=alertname=WebDown&label=team=data", set()),
        ("since=1h", {"WebDown", "DiskFull", "NoTeam"}),
        ("until=1h", set()),
        ("since=2999-01-01T00:00:00%2B01:00", set()),
        ("until=2999-01-01T00:00:00+01:00", {"WebDown", "DiskFull", "NoTeam"}),
        ("q=webdown of", {"WebDown"}),
        ('q=SAY "HI"', {"NoTeam"}),
        ("q=%25", set()),
        ("tenant=acme", set()),
    ],
)
def test_filters(read_only: Api, query: str, expected: set[str]) -> None:
    assert names(read_only.get(f"/api/v1/alerts?{query}")) == expected


def test_an_alert_is_shown_whole(read_only: Api) -> None:
    (found,) = read_only.get("/api/v1/alerts?alertname=WebDown")["alerts"]
    assert found["status"] == "firing"
    assert found["labels"]["region"] == "eu"
    assert found["annotations"] == {"summary": "WebDown of web"}
    assert found["starts_at"] == "2026-11-21T14:06:54.123000Z"
    assert (found["tenant"], found["acknowledgement"], found["ended_at"]) == (None, None, None)
    assert read_only.get(f"/api/v1/alerts/{found['id']}") == found


def test_pages_show_each_alert_once_whatever_comes_meanwhile(api: Api) -> None:
    api.deliver(*(alert(f"A{number}") for number in range(7)))
    seen: list[str] = []
    after = ""
    while True:
        page = api.get(f"/api/v1/alerts?limit=3{after}")
        seen += [each["alertname"] for each in page["alerts"]]
        if page["next"] is None:
            break
        api.deliver(alert(f"Later{after}"))
        after = f"&after={page['next']}"
    assert sorted(seen) == [f"A{number}" for number in range(7)]


def test_the_newest_are_first(api: Api) -> None:
    for number in range(3):
        api.deliver(alert(f"A{number}"))
    assert [each["alertname"] for each in api.get("/api/v1/alerts")["alerts"]] == ["A2", "A1", "A0"]


def test_a_page_that_is_as_it_was_is_not_sent_again(api: Api) -> None:
    api.deliver(alert())
    first = api.ask("GET", "/api/v1/alerts?status=open")
    tag = first.headers["ETag"]
    again = api.ask("GET", "/api/v1/alerts?status=open", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    api.deliver(alert("New"))
    changed = api.ask("GET", "/api/v1/alerts?status=open", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_filter_that_is_not_known_is_refused(read_only: Api) -> None:
    answer = read_only.ask("GET", "/api/v1/alerts?servce=web")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"] == "query.servce"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "after=1", "since=soon", "status=fring", "label=x", "q=%00"],
)
def test_a_filter_that_means_nothing_is_refused(read_only: Api, query: str) -> None:
    answer = read_only.ask("GET", f"/api/v1/alerts?{query}")
    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert query.partition("=")[0] in answer.json()["detail"]


def test_status_counts_what_is_open(read_only: Api) -> None:
    found = read_only.get("/api/v1/status")
    assert found["open"] == [{"status": "firing", "severity": "critical", "count": 2}]
    assert found["event"] == 4
    assert [source["name"] for source in found["sources"]] == ["acme", "beta", "eu1"]
