"""How much one may ask for, how large, and what is written down of who asks."""

import logging
import socket
from contextlib import suppress
from pathlib import Path
from queue import Empty

import pytest
import requests

from monitorgen_exporters.audit.search import Query, find
from tests.support.receiver_api import Api, alert, running_api, settings_of
from tests.support.waiting import wait_until


def test_too_many_requests_are_told_to_wait(sqlite_url: str, tmp_path: Path) -> None:
    limits = {"requests_per_minute": 3}
    with running_api(settings_of(sqlite_url, tmp_path, limits=limits)) as api:
        answers = [api.ask("GET", "/api/v1/whoami", role="viewer") for _ in range(10)]
        late = next(answer for answer in answers if answer.status_code == 429)
        assert late.headers["Content-Type"] == "application/problem+json"
        assert 1 <= int(late.headers["Retry-After"]) <= 60
        # Others are not held up by it, and neither is Alertmanager.
        assert api.ask("GET", "/api/v1/whoami", role="responder").status_code == 200
        for number in range(10):
            api.deliver(alert(f"A{number}"))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_has_an_end(api: Api, chunked: bool) -> None:
    api.deliver(alert())
    (found,) = api.get("/api/v1/alerts")["alerts"]
    body = b'{"text": "' + b"x" * (2 << 20) + b'"}'
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    answer = api.ask(
        "POST",
        f"/api/v1/alerts/{found['id']}/comment",
        data=pieces if chunked else body,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


def test_a_body_is_not_read_from_who_may_not(api: Api) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(
            b"POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_each_request_is_a_line_of_the_log(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "monitorgen_exporters.receiver.api.access_log")
    api.get("/api/v1/alerts?q=a-secret-word", role="viewer")
    requests.get(f"{api.url}/api/v1/alerts/x%0aGET%20/forged", timeout=60)
    wait_until(lambda: len([r for r in caplog.records if "access_log" in r.name]) >= 2)
    first, second = (r.getMessage() for r in caplog.records if "access_log" in r.name)
    assert first.startswith("GET /api/v1/alerts 200 key:viewer-all ")
    assert first.endswith(" ms")
    assert second.startswith("GET /api/v1/alerts/x\ufffdGET /forged 4")
    key = api.key("viewer")
    assert not any("a-secret-word" in r.getMessage() or key in r.getMessage() for r in caplog.records)


def test_a_flood_of_refused_credentials_is_a_record_a_minute(api: Api) -> None:
    knocks = 40
    for _ in range(knocks):
        headers = {"Authorization": "Bearer mgk_abcdefghijkl_" + "a" * 43}
        assert requests.get(f"{api.url}/api/v1/whoami", headers=headers, timeout=60).status_code == 401
    api.service.noting.stop()  # its thread writes what there is: two that write would count twice
    wait_until(lambda: sum(counts(api)) == knocks)
    assert len(counts(api)) <= 3


def counts(api: Api) -> list[int]:
    """How often somebody was refused, by the records of it."""
    with api.service.database.read() as store:
        found = list(find(store, Query(types=("authentication.refused",))))
    records = [each.record for each in found if each.record]
    assert all(record.data["reason"] == "unknown" for record in records)
    return [int(str(record.data["count"])) for record in records]


def test_the_use_of_keys_is_noted(api: Api) -> None:
    api.get("/api/v1/whoami", role="viewer")
    api.service.noting.write()
    (found,) = (key for key in api.get("/api/v1/keys")["keys"] if key["name"] == "viewer-all")
    assert found["used_at"] >= found["created_at"]


def test_what_is_not_there_is_a_problem_too(api: Api) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/api/v1/alerts", 405)):
        answer = api.ask(method, path)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_database_that_is_away_is_told_as_that(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_api(settings_of(sqlite_url, tmp_path)) as api:
        api.get("/api/v1/whoami")
        database = api.service.database

        answers: list[requests.Response] = []

        def is_refused() -> bool:
            with suppress(Empty):
                while True:
                    database._readers.get_nowait().close()
            answers.append(api.ask("GET", "/api/v1/alerts"))
            return not answers[-1].ok

        with monkeypatch.context() as away:
            away.setattr(database, "url", f"sqlite:///{tmp_path}/nowhere/log.db")
            # What runs beside may be reading just now, and put a connection back that is good.
            wait_until(is_refused)
        answer = answers[-1]
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert str(tmp_path) not in answer.text
        assert api.get("/api/v1/alerts")["alerts"] == []
