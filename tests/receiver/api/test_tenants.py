"""What belongs to another tenant is not there: not in lists, not by its id, and not to be changed."""

import pytest

from tests.support.receiver_api import Api, alert

_UNTIL = "2999-01-01T00:00:00Z"


@pytest.fixture
def two(api: Api) -> Api:
    """Alerts of both tenants and of none, each with a label that claims the other."""
    api.deliver(alert("Ours", tenant="beta", service="shop"), source="acme")
    api.deliver(alert("Theirs", tenant="acme", service="bank"), source="beta")
    api.deliver(alert("Nobodys", tenant="acme"), source="eu1")
    return api


def id_of(api: Api, name: str) -> str:
    (found,) = api.get(f"/api/v1/alerts?alertname={name}")["alerts"]
    return str(found["id"])


@pytest.mark.parametrize("query", ["", "?tenant=acme", "?label=service=shop", "?q=shop", "?status=open"])
def test_lists_have_their_own_only(two: Api, query: str) -> None:
    found = two.get(f"/api/v1/alerts{query}", tenant="acme")["alerts"]
    assert [(each["alertname"], each["tenant"]) for each in found] == [("Ours", "acme")]


@pytest.mark.parametrize("query", ["?tenant=beta", "?tenant=", "?q=bank", "?label=service=bank"])
def test_no_filter_leads_to_those_of_others(two: Api, query: str) -> None:
    assert two.get(f"/api/v1/alerts{query}", tenant="acme")["alerts"] == []


def test_the_cursor_of_another_leads_nowhere_else(two: Api) -> None:
    for name in ("Theirs", "Nobodys"):
        page = two.get(f"/api/v1/alerts?after={id_of(two, name)}", tenant="acme")
        assert {each["alertname"] for each in page["alerts"]} <= {"Ours"}


@pytest.mark.parametrize("name", ["Theirs", "Nobodys"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/history", None),
        ("POST", "/acknowledge", {"why": "mine now"}),
        ("POST", "/unacknowledge", {}),
        ("POST", "/suppress", {"why": "mine now", "until": _UNTIL}),
        ("POST", "/unsuppress", {}),
        ("POST", "/resolve", {"why": "mine now"}),
        ("POST", "/assign", {"assignee": "me"}),
        ("POST", "/comment", {"text": "hello"}),
    ],
)
def test_an_alert_of_another_is_not_there(
    two: Api, name: str, method: str, path: str, body: dict[str, str] | None
) -> None:
    id = id_of(two, name)
    before = two.get(f"/api/v1/alerts/{id}")
    there = two.ask(method, f"/api/v1/alerts/{id}{path}", tenant="acme", json=body)
    nowhere = two.ask(
        method, f"/api/v1/alerts/01900000-0000-7000-8000-000000000000{path}", tenant="acme", json=body
    )
    assert (there.status_code, there.json()) == (404, nowhere.json())
    assert two.get(f"/api/v1/alerts/{id}") == before


def test_history_is_their_own(two: Api) -> None:
    events = two.get("/api/v1/history", tenant="acme")["events"]
    assert {event["alert"] for event in events} == {id_of(two, "Ours")}
    assert two.get("/api/v1/history?tenant=beta", tenant="acme")["events"] == []


def test_figures_are_their_own(two: Api) -> None:
    assert [each["group"] for each in two.get("/api/v1/reports/alert", tenant="acme")["groups"]] == ["Ours"]
    assert two.get("/api/v1/reports/alert?tenant=beta", tenant="acme")["groups"] == []
    assert [each["group"] for each in two.get("/api/v1/reports/tenant")["groups"]] == ["", "acme", "beta"]
    assert two.get("/api/v1/status", tenant="acme")["open"] == [
        {"status": "firing", "severity": "critical", "count": 1}
    ]


def test_tenants_and_sources_of_others_are_not_named(two: Api) -> None:
    assert two.get("/api/v1/tenants", tenant="acme")["tenants"] == [
        {"name": "acme", "sources": ["acme"], "open": 1}
    ]
    assert [each["name"] for each in two.get("/api/v1/status", tenant="acme")["sources"]] == ["acme"]


def test_keys_are_their_own(two: Api) -> None:
    two.key("viewer", "beta")
    two.key("viewer", "acme")
    assert {each["tenant"] for each in two.get("/api/v1/keys", tenant="acme")["keys"]} == {"acme"}
    (theirs,) = (each for each in two.get("/api/v1/keys")["keys"] if each["name"] == "viewer-beta")
    for what in ("rotate", "revoke"):
        answer = two.ask("POST", f"/api/v1/keys/{theirs['id']}/{what}", tenant="acme", json={})
        assert answer.status_code == 404


def test_records_are_those_of_their_alerts(two: Api) -> None:
    ours, theirs = id_of(two, "Ours"), id_of(two, "Theirs")
    every = two.get("/api/v1/audit/records?limit=1000")["records"]
    assert {ours, theirs} <= {record["incident"] for record in every}
    shown = two.get("/api/v1/audit/records?limit=1000", tenant="acme")["records"]
    assert {record["incident"] for record in shown} == {ours}
    assert two.get(f"/api/v1/audit/records?incident={theirs}", tenant="acme")["records"] == []
    assert two.get("/api/v1/audit/records?text=Theirs", tenant="acme")["records"] == []
    for record in every:
        expected = 200 if record["incident"] == ours else 404
        for name in (record["id"], record["position"]):
            answer = two.ask("GET", f"/api/v1/audit/records/{name}", tenant="acme")
            assert answer.status_code == expected
        if expected == 404:
            answer = two.ask("GET", f"/api/v1/audit/records/{record['id']}/proof", tenant="acme")
            assert answer.status_code == 404
