"""HTTP to anchors: what a slow, huge, lying or absent server does to us is an AnchorError, in time."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from monitorgen_exporters.audit.anchors import http
from monitorgen_exporters.audit.anchors.base import AnchorError
from monitorgen_exporters.audit.anchors.http import Endpoint
from tests.support.sinks import webhook_sink

Talk = Callable[[socket.socket], None]


@contextmanager
def speaking(talk: Talk) -> Iterator[str]:
    """The URL of a server that does `talk` on each connection, once the request has begun."""
    ending = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not ending.is_set():
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(60)
                if ending.is_set():
                    return
                connection.recv(65536)
                with suppress(OSError):  # the client goes, which is what it is to do
                    talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        address = listening.getsockname()
        try:
            yield f"http://{address[0]}:{address[1]}"
        finally:
            ending.set()
            socket.create_connection(address).close()
            thread.join()


def drip(connection: socket.socket) -> None:
    """An answer of which a byte comes now and then, and no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.05)


def flood(connection: socket.socket) -> None:
    """An answer without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def silence(connection: socket.socket) -> None:
    """No answer."""
    connection.recv(65536)


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (flood, "more than 1 MiB"),
        (lambda connection: connection.sendall(b"nonsense\r\n\r\n"), "cannot be reached"),
        (
            lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"),
            "cannot be reached",
        ),
        (lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]"), "no JSON"),
        (lambda connection: connection.sendall(b"HTTP/1.1 204 No\r\n\r\n"), "answered 204"),
    ],
)
def test_a_server_that_misbehaves(talk: Talk, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_LIMIT", 2**20)
    with speaking(talk) as url, pytest.raises(AnchorError, match=why):
        Endpoint(url).get_json("/", [])


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (silence, "did not answer in time|cannot be reached"),
        (drip, "did not finish|did not answer in time|cannot be reached"),
    ],
)
def test_a_server_that_takes_its_time(talk: Talk, why: str) -> None:
    with speaking(talk) as url, pytest.raises(AnchorError, match=why):
        Endpoint(url, timeout=2).get_json("/", [])


def test_redirects_are_not_followed() -> None:
    with webhook_sink() as other:

        def redirect(connection: socket.socket) -> None:
            connection.sendall(
                b"HTTP/1.1 307 Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % other.url.encode()
            )

        with speaking(redirect) as url:
            assert Endpoint(url).post("/", b"{}", "application/json").status == 307
        assert other.posted == []


def test_the_token_is_read_anew(tmp_path: Path) -> None:
    token = tmp_path / "token"
    with webhook_sink() as sink:
        endpoint = Endpoint(sink.url, bearer_token_file=token)
        with pytest.raises(AnchorError, match="cannot read the token"):
            endpoint.post("/", b"{}", "application/json")
        for text in ("one", "two\n"):
            token.write_text(text)
            endpoint.post("/", b"{}", "application/json")
    assert [post.headers["authorization"] for post in sink.posted] == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize(
    "url", ["http://", "nonsense", "http://[", "ftp://x.example", "http://x.example:99999"]
)
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(AnchorError):
        Endpoint(url).get_json("/", [])
