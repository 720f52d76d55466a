"""The outbox by the API: what waits can be cancelled, what failed can be done again, once each."""

import pytest

from monitorgen_exporters.receiver.effects import outbox
from monitorgen_exporters.receiver.queries.alerts import AlertQuery, find_alerts
from tests.support.receiver_api import Api, alert

_LATER = "2999-01-01T00:00:00.000000Z"


@pytest.fixture
def two(api: Api) -> Api:
    """An effect of each of two tenants, both of which wait for a long time."""
    for tenant in ("acme", "beta"):
        api.deliver(alert(tenant), source=tenant)
    with api.service.database.write() as work:
        for episode in find_alerts(work.store, None, AlertQuery(), limit=10):
            outbox.plan(
                work,
                key=f"hook:{episode.id}",
                kind="http",
                name=f"hook-{episode.tenant}",
                episode=episode,
                target="",
                request={"event": {"seq": 1}},
                next_at=_LATER,
            )
    return api


def effect(api: Api, tenant: str) -> str:
    """The path of that tenant's effect."""
    (found,) = api.get(f"/api/v1/effects?tenant={tenant}")["effects"]
    return f"/api/v1/effects/{found['id']}"


def test_effects_are_listed(two: Api) -> None:
    found = two.get("/api/v1/effects")["effects"]
    assert {each["name"] for each in found} == {"hook-acme", "hook-beta"}
    assert {each["state"] for each in found} == {"planned"}
    for query, count in (
        ("state=planned", 2),
        ("state=done", 0),
        ("state=done&state=planned", 2),
        ("kind=http&name=hook-acme", 1),
        ("kind=command", 0),
        (f"alert={found[0]['alert']}", 1),
    ):
        assert len(two.get(f"/api/v1/effects?{query}")["effects"]) == count, query


def test_page_by_page(two: Api) -> None:
    first = two.get("/api/v1/effects?limit=1")
    second = two.get(f"/api/v1/effects?limit=1&after={first['next']}")
    assert second["next"] is None
    assert first["effects"] != second["effects"]


def test_one_has_what_it_was_asked_to_do(two: Api) -> None:
    found = two.get(effect(two, "acme"))
    assert found["request"] == {"event": {"seq": 1}}
    assert found["result"] == {}
    tag = two.ask("GET", effect(two, "acme")).headers["ETag"]
    assert two.ask("GET", effect(two, "acme"), headers={"If-None-Match": tag}).status_code == 304


def test_cancel_and_do_again(two: Api) -> None:
    path = effect(two, "acme")
    assert two.ask("POST", f"{path}/retry").status_code == 409
    cancelled = two.ask("POST", f"{path}/cancel", json={"why": "not now"}).json()
    assert (cancelled["state"], cancelled["why"]) == ("cancelled", "not now")
    assert two.ask("POST", f"{path}/cancel").status_code == 409
    assert two.ask("POST", f"{path}/retry").status_code == 200
    events = two.get(f"/api/v1/alerts/{cancelled['alert']}/history?type=effect&actor=key:admin-all")["events"]
    assert [event["data"]["state"] for event in events] == ["cancelled", "planned"]


def test_those_of_another_tenant_are_not_there(two: Api) -> None:
    theirs = effect(two, "beta")
    assert [each["tenant"] for each in two.get("/api/v1/effects", tenant="acme")["effects"]] == ["acme"]
    assert two.get("/api/v1/effects?tenant=beta", tenant="acme")["effects"] == []
    assert two.ask("GET", theirs, tenant="acme").status_code == 404
    for what in ("retry", "cancel"):
        assert two.ask("POST", f"{theirs}/{what}", tenant="acme").status_code == 404
    assert two.get(theirs)["state"] == "planned"
