"""Silences by the API, in a real Alertmanager."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.alertmanagers import Cluster, running_cluster
from tests.support.receiver_api import TOKENS, Api, running_api, settings_of
from tests.support.servers import Generation
from tests.support.waiting import free_port, wait_until

_UNTIL = "2999-01-01T00:00:00Z"


@pytest.fixture
def cluster(generation: Generation, tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(generation, tmp_path / "am", "http://127.0.0.1:9/") as running:
        yield running


@pytest.fixture
def watched(cluster: Cluster, sqlite_url: str, tmp_path: Path) -> Iterator[Api]:
    """A receiver of three sources: acme's and beta's, which share an Alertmanager, and one that is away."""
    urls = dict.fromkeys(("acme", "beta"), cluster.peers[0].url)
    urls["eu1"] = f"http://127.0.0.1:{free_port()}"
    sources: dict[str, Any] = {
        name: {
            "token": {"file": str(tmp_path / f"{name}.token")},
            "default": name == "eu1",
            "alertmanager": {"urls": [urls[name]], "every": "1s"},
            **({} if name == "eu1" else {"tenant": name}),
        }
        for name in TOKENS
    }
    with running_api(settings_of(sqlite_url, tmp_path, sources=sources)) as api:
        yield api


def wanted(source: str = "acme", *more: dict[str, Any], **said: Any) -> dict[str, Any]:
    matchers = [{"name": "alertname", "value": "WebDown"}, *more]
    return {"source": source, "matchers": matchers, "until": _UNTIL, "why": "maintenance", **said}


def silences(api: Api, tenant: str | None = None) -> Any:
    return api.get("/api/v1/silences", tenant=tenant)["silences"]


def test_made_listed_and_ended(watched: Api) -> None:
    made = watched.ask("POST", "/api/v1/silences", role="responder", json=wanted())
    assert made.status_code == 202
    wait_until(lambda: silences(watched))
    found = next(each for each in silences(watched) if each["source"] == "acme")
    assert made.json()["id"] in found["comment"]
    assert found["matchers"][0]["name"] == "alertname"
    assert watched.ask("DELETE", f"/api/v1/silences/acme/{found['id']}").status_code == 204
    wait_until(lambda: not silences(watched))
    types = [each["type"] for each in watched.get("/api/v1/audit/records?type=silence")["records"]]
    assert {"silence.requested", "silence.deleted"} <= set(types)


def test_an_alertmanager_that_is_away_is_named(watched: Api) -> None:
    found = watched.get("/api/v1/silences")
    assert list(found["unavailable"]) == ["eu1"]
    assert watched.get("/api/v1/silences", tenant="acme")["unavailable"] == {}
    answer = watched.ask("DELETE", "/api/v1/silences/eu1/0b0e4c1e-0000-4000-8000-000000000000")
    assert answer.status_code == 502


def test_a_tenant_has_its_own(watched: Api) -> None:
    mine = {"name": "tenant", "value": "acme"}
    for body in (wanted("beta", mine), wanted("eu1", mine), wanted("nowhere", mine)):
        assert watched.ask("POST", "/api/v1/silences", tenant="acme", json=body).status_code == 404
    # One that does not name the tenant would mute the other's alerts.
    assert watched.ask("POST", "/api/v1/silences", tenant="acme", json=wanted()).status_code == 409
    assert watched.ask("POST", "/api/v1/silences", tenant="acme", json=wanted("acme", mine)).ok
    wait_until(lambda: silences(watched, "acme"))
    (found,) = silences(watched, "acme")
    assert silences(watched, "beta") == []
    for source in ("acme", "beta"):
        path = f"/api/v1/silences/{source}/{found['id']}"
        assert watched.ask("DELETE", path, tenant="beta").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (wanted(matchers=[]), 422),
        (wanted(matchers=[{"name": "alertname", "value": ".*", "is_regex": True}]), 409),
        (wanted(matchers=[{"name": "alertname", "value": "x", "is_equal": False}]), 409),
        (wanted(until="2001-01-01T00:00:00Z"), 409),
        (wanted(until="soon"), 422),
        (wanted(why=""), 422),
        (wanted(why=" "), 409),
        (wanted(why="a\x00"), 422),
    ],
)
def test_what_is_too_broad_or_makes_no_sense(watched: Api, body: dict[str, Any], status: int) -> None:
    answer = watched.ask("POST", "/api/v1/silences", json=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert silences(watched) == []
