"""Whatever an Alertmanager answers, or does not, is a value with words; and nobody's secret is in them."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from monitorgen.vocabulary.receiver_sources import SourceAlertmanager
from monitorgen_exporters.receiver.alertmanager import transport
from monitorgen_exporters.receiver.alertmanager.client import Fault, Peer, View, peers_of
from tests.checks.services import CERTIFICATES, tls_server_context

STATUS = {"uptime": "2026-01-01T00:00:00.000Z", "config": {"original": ""}}
ALERT = {
    "labels": {"alertname": "WebDown"},
    "startsAt": "2026-01-01T00:00:00.000Z",
    "updatedAt": "2026-01-01T00:00:00.000Z",
    "endsAt": "2026-01-01T00:05:00.000Z",
    "receivers": [{"name": "monitorgen"}],
    "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
}
Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def server(
    answers: dict[str, Answer], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server with an answer for each path, and the headers it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers.items()))
            status, headers, body = answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Nothing: a client that hangs up is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        if tls is not None:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{http.server_port}/", seen
        finally:
            http.shutdown()
            thread.join()


def good(alerts: object = (), status: object = STATUS) -> dict[str, Answer]:
    return {
        "/api/v2/alerts": (200, {}, json.dumps(alerts).encode()),
        "/api/v2/status": (200, {}, json.dumps(status).encode()),
    }


def peer(url: str, **login: object) -> Peer:
    (made,) = peers_of(SourceAlertmanager.model_validate({"urls": [url], **login}), timeout=30)
    return made


def why(answers: dict[str, Answer], **login: object) -> str:
    with server(answers) as (url, _):
        found = peer(url, **login).view()
    assert isinstance(found, Fault)
    assert str(found).startswith(url.rstrip("/"))
    return found.why


def test_a_view() -> None:
    with server(good([ALERT])) as (url, _):
        view = peer(url).view()
    assert isinstance(view, View)
    assert view.started_at == "2026-01-01T00:00:00.000000Z"
    assert view.uptime > 0
    assert [alert.labels for alert in view.alerts] == [{"alertname": "WebDown"}]
    assert not view.holds_back


@pytest.mark.parametrize(("muted", "holds_back"), [(None, True), ([], False)])
def test_times_in_which_nobody_is_told(muted: list[str] | None, holds_back: bool) -> None:
    """Older Alertmanagers do not say which alerts they hold back for now."""
    status = {**STATUS, "config": {"original": "route:\n  mute_time_intervals: [night]\n"}}
    shown = {
        "state": "active",
        "silencedBy": [],
        "inhibitedBy": [],
        **({} if muted is None else {"mutedBy": muted}),
    }
    with server(good([{**ALERT, "status": shown}], status)) as (url, _):
        view = peer(url).view()
    assert isinstance(view, View)
    assert view.holds_back is holds_back


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        (
            (503, {}, b"Limit of concurrent GET requests reached (8), try again later."),
            "answered 503: Limit of",
        ),
        ((401, {}, b""), "answered 401: without a word"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "redirects are not followed"),
        ((200, {}, b"<html>a login page"), "something else than Alertmanager's API"),
        ((200, {}, b'{"alerts": []}'), "something else than Alertmanager's API"),
        ((200, {}, b"[" * 100_000), "something else than Alertmanager's API"),
        ((200, {}, json.dumps([{**ALERT, "labels": {"a": 1}}]).encode()), "something else"),
        ((200, {}, json.dumps([{**ALERT, "updatedAt": "yesterday"}]).encode()), "times that are none"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "cannot be reached"),
    ],
)
def test_bad_answers(alerts: Answer, said: str) -> None:
    assert said in why({**good(), "/api/v2/alerts": alerts})


def test_a_silence_with_times_that_are_none() -> None:
    silence = {
        "id": "1",
        "status": {"state": "active"},
        "updatedAt": "2026-01-01T00:00:00Z",
        "startsAt": "now",
        "endsAt": "2026-01-01T00:00:00Z",
        "matchers": [{"name": "a", "value": "b", "isRegex": False}],
    }
    with server({"/api/v2/silences": (200, {}, json.dumps([silence]).encode())}) as (url, _):
        found = peer(url).silences()
    assert isinstance(found, Fault)
    assert found.why == "it answered with times that are none"


def test_an_answer_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_LONGEST", 1 << 20)
    assert "more than 1 MiB" in why({**good(), "/api/v2/alerts": (200, {}, b" " * (2 << 20))})


def test_nobody_answers() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        login = SourceAlertmanager.model_validate({"urls": [f"http://127.0.0.1:{silent.getsockname()[1]}"]})
        (waiting,) = peers_of(login, timeout=0.2)
        found = waiting.view()
    assert isinstance(found, Fault)
    assert found.why == "it did not answer in time"


def test_a_name_that_is_none() -> None:
    found = peer("http://alertmanager.invalid").view()
    assert isinstance(found, Fault)
    assert found.why.startswith("it cannot be reached")


def test_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    logins: list[dict[str, object]] = [
        {},
        {"token": {"file": str(secret)}},
        {"username": "am", "password": {"file": str(secret)}},
    ]
    found = []
    for login in logins:
        with server(good()) as (url, seen):
            assert isinstance(peer(url, **login).view(), View)
        found.append(seen[0].get("Authorization"))
    assert found == [None, "Bearer s3cret", "Basic YW06czNjcmV0"]


def test_secrets_that_are_none(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    assert str(secret) in why(good(), token={"file": str(secret)})
    secret.write_bytes(b"one\ntwo")
    said = why(good(), token={"file": str(secret)})
    assert "characters that no token has" in said
    assert "two" not in said


SERVER, CLIENT = str(CERTIFICATES / "server.pem"), str(CERTIFICATES / "client.pem")
TRUSTED = {"ca_file": SERVER, "server_name": "checkout.test", "cert_file": CLIENT, "key_file": CLIENT}


def test_tls_both_ways() -> None:
    with server(good(), tls_server_context(clients=True)) as (url, _):
        assert isinstance(peer(url, tls=TRUSTED).view(), View)


@pytest.mark.parametrize("missing", ["ca_file", "server_name"])
def test_no_trust(missing: str) -> None:
    with server(good(), tls_server_context(clients=True)) as (url, seen):
        found = peer(url, tls={name: said for name, said in TRUSTED.items() if name != missing}).view()
    assert isinstance(found, Fault)
    assert found.why.startswith("no trust over TLS")
    assert seen == []


def test_certificates_that_are_not_there() -> None:
    for name in ("ca_file", "cert_file"):
        found = peer("https://127.0.0.1:1", tls={**TRUSTED, name: "/nowhere.pem"}).view()
        assert isinstance(found, Fault)
        assert "/nowhere.pem" in found.why
