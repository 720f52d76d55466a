"""The live stream: open alerts, then every change, and nothing missed by whoever comes back."""

import json
import socket as tcp
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.receiver_api import Api, alert
from tests.support.waiting import wait_until


class Listener:
    """Server-sent events as they come."""

    def __init__(self, answer: requests.Response) -> None:
        self._lines = answer.iter_lines(chunk_size=1)

    def next(self) -> tuple[str, str | None, Any]:
        """Kind, id and data of the next event."""
        kind, id, data = "", None, None
        for line in self._lines:
            name, _, value = line.decode().partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                id = value
            elif name == "data":
                data = json.loads(value)
            elif not line and kind:
                return kind, id, data
        raise AssertionError("the stream has ended")


@contextmanager
def listening(api: Api, path: str = "", tenant: str | None = None, **headers: str) -> Iterator[Listener]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = api.ask("GET", f"/api/v1/stream{path}", tenant=tenant, headers=sent, stream=True)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with answer:
        yield Listener(answer)


def test_open_alerts_then_changes(api: Api) -> None:
    api.deliver(alert("Over"), alert("First"))
    api.deliver(alert("Over", "resolved"))
    with listening(api) as stream:
        kind, id, data = stream.next()
        assert (kind, id, data["alert"]["alertname"]) == ("alert", None, "First")
        assert stream.next() == ("ready", "3", {})
        api.deliver(alert("Second"))
        kind, id, data = stream.next()
        assert (kind, id, data["event"]["type"]) == ("change", "4", "opened")
        assert data["alert"]["alertname"] == "Second"
        api.ask("POST", f"/api/v1/alerts/{data['alert']['id']}/acknowledge", json={"why": "x"})
        kind, id, data = stream.next()
        assert (data["event"]["type"], data["alert"]["status"]) == ("acknowledged", "acknowledged")


def test_what_came_meanwhile_is_told_to_who_comes_back(api: Api) -> None:
    api.deliver(alert("First"))
    with listening(api) as stream:
        assert stream.next()[0] == "alert"
        assert stream.next()[1] == "1"
    api.deliver(*(alert(f"A{number}") for number in range(450)))
    for path, headers in (("", {"Last_Event_ID": "1"}), ("?after=1", {})):
        with listening(api, path, **headers) as stream:
            assert stream.next() == ("ready", "1", {})
            told = [stream.next()[2]["event"]["seq"] for _ in range(450)]
            assert told == list(range(2, 452))


def test_many_open_alerts_are_all_told(api: Api) -> None:
    names = {f"A{number}" for number in range(450)}
    api.deliver(*map(alert, names))
    with listening(api) as stream:
        assert {stream.next()[2]["alert"]["alertname"] for _ in range(450)} == names
        assert stream.next()[0] == "ready"


def test_an_event_that_never_was_begins_anew(api: Api) -> None:
    api.deliver(alert("First"))
    with listening(api, "?after=4711") as stream:
        assert stream.next()[0] == "alert"
        assert stream.next()[:2] == ("ready", "1")


def test_each_tenant_has_its_own(api: Api) -> None:
    api.deliver(alert("Ours"), source="acme")
    api.deliver(alert("Theirs"), source="beta")
    with listening(api, tenant="acme") as stream:
        assert stream.next()[2]["alert"]["alertname"] == "Ours"
        assert stream.next()[:2] == ("ready", "2")
        api.deliver(alert("Theirs2"), source="beta")
        api.deliver(alert("Ours2"), source="acme")
        assert stream.next()[2]["alert"]["alertname"] == "Ours2"


def test_what_another_replica_writes_is_told(api: Api) -> None:
    """Nobody wakes the stream of this process: it looks by itself."""
    api.deliver(alert("First"))
    with listening(api) as stream:
        stream.next(), stream.next()
        api.service.database.listeners["events"].clear()
        api.deliver(alert("Second"))
        assert stream.next()[2]["alert"]["alertname"] == "Second"


def test_streams_end_with_the_receiver(api: Api) -> None:
    with listening(api) as stream:
        stream.next()
        api.service.live.end()
        with pytest.raises(AssertionError, match="has ended"):
            stream.next()


def test_who_is_gone_is_let_go(api: Api) -> None:
    with listening(api) as stream:
        stream.next()
        assert api.service.live.listeners == 1
    wait_until(lambda: api.service.live.listeners == 0)


@contextmanager
def socket(
    api: Api, path: str = "", tenant: str | None = None, origin: Any = None
) -> Iterator[ClientConnection]:
    url = f"{api.url.replace('http', 'ws')}/api/v1/stream/ws{path}"
    headers = {"Authorization": f"Bearer {api.key('viewer', tenant)}"}
    with connect(url, additional_headers=headers, origin=origin, proxy=None, open_timeout=60) as opened:
        yield opened


def said(stream: ClientConnection) -> Any:
    """What comes next and tells something: a quiet stream says that it is alive."""
    for _ in range(8):
        told = json.loads(stream.recv(timeout=60))
        if told["kind"] != "heartbeat":
            return told
    raise AssertionError("nothing but heartbeats")


def test_the_same_by_websocket(api: Api) -> None:
    api.deliver(alert("Ours"), source="acme")
    api.deliver(alert("Theirs"), source="beta")
    with socket(api, tenant="acme") as stream:
        first = said(stream)
        assert (first["kind"], first["alert"]["alertname"]) == ("alert", "Ours")
        assert said(stream) == {"kind": "ready", "seq": 2}
        api.deliver(alert("Ours2"), source="acme")
        change = said(stream)
        assert (change["kind"], change["seq"], change["event"]["type"]) == ("change", 3, "opened")
    with socket(api, "?after=2", tenant="acme") as stream:
        assert said(stream) == {"kind": "ready", "seq": 2}
        assert said(stream)["seq"] == 3


def test_a_page_of_another_site_may_not_listen(api: Api) -> None:
    with pytest.raises(InvalidStatus) as refused, socket(api, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    with socket(api, origin=api.service.settings.public_url) as stream:
        assert said(stream)["kind"] == "ready"


def test_a_websocket_takes_the_permission(api: Api) -> None:
    url = f"{api.url.replace('http', 'ws')}/api/v1/stream/ws"
    for sent, status in (({}, 401), ({"Authorization": "Bearer x"}, 401)):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(url, additional_headers=sent, proxy=None, open_timeout=60),
        ):
            pass
        assert refused.value.response.status_code == status


def test_who_says_something_to_a_stream_is_cut_off(api: Api) -> None:
    with socket(api) as stream:
        assert said(stream)["kind"] == "ready"
        stream.send("x" * 1000)
        with pytest.raises(ConnectionClosed):
            said(stream)
    wait_until(lambda: api.service.live.listeners == 0)


def test_websockets_end_with_the_receiver(api: Api) -> None:
    with socket(api) as stream:
        assert said(stream)["kind"] == "ready"
        threading.Timer(0.2, api.service.live.end).start()
        with pytest.raises(ConnectionClosed):
            said(stream)


def test_a_key_that_was_revoked_hears_no_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitorgen_exporters.receiver.api.stream.HEARTBEAT", 0.0)
    with listening(api) as stream:
        assert stream.next()[0] == "ready"
        for key in api.get("/api/v1/keys")["keys"]:
            if key["name"] == "admin-all":
                api.ask("POST", f"/api/v1/keys/{key['id']}/revoke")
        api.deliver(alert())
        with pytest.raises(AssertionError, match="has ended"):
            stream.next()


def test_who_takes_nothing_is_cut_off(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitorgen_exporters.receiver.api.stream.PATIENCE", 5.0)
    for number in range(20):  # more than the buffers of two sockets hold
        api.deliver(*(alert(f"A{number}-{index}", text="x" * 60_000) for index in range(20)))
    host, port = api.url.removeprefix("http://").split(":")
    with tcp.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(
            b"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n"
            b"Authorization: Bearer " + api.key().encode() + b"\r\n\r\n"
        )
        wait_until(lambda: api.service.live.listeners == 1)
        wait_until(lambda: api.service.live.listeners == 0)
