"""Nobody fills the receiver's memory with a head that has no end, nor with what comes behind a body."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from tests.support.processes import RunningServer
from tests.support.receiver import run_receiver, write_settings

PIECE = b"a" * (64 << 10)


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A receiver."""
    with run_receiver(write_settings(tmp_path_factory.mktemp("receiver"))) as running:
        yield running


def connected(receiver: RunningServer) -> socket.socket:
    place = urlsplit(receiver.url)
    assert place.hostname is not None
    assert place.port is not None
    return socket.create_connection((place.hostname, place.port), timeout=60)


def is_cut_off(connection: socket.socket) -> bool:
    """Whether sending on for ever ends, as the other side has closed."""
    try:
        for _ in range(1024):
            connection.sendall(PIECE)
    except OSError as problem:
        return not isinstance(problem, TimeoutError)
    return False


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /",
        b"GET /healthz HTTP/1.1\r\nX-Long: ",
        b"POST /api/v1/webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: ",
        b"POST /api/v1/webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["address", "header", "trailer", "extension of a chunk"],
)
def test_what_has_no_end_is_cut_off(begun: bytes, receiver: RunningServer) -> None:
    with closing(connected(receiver)) as connection:
        connection.sendall(begun)
        assert is_cut_off(connection)
    assert receiver.get("/healthz").status_code == 200


def test_many_short_headers_are_cut_off(receiver: RunningServer) -> None:
    with closing(connected(receiver)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        ended = False
        with suppress(TimeoutError):
            try:
                for _ in range(100_000):
                    connection.sendall(b"X-Short: a\r\n" * 100)
            except OSError:
                ended = True
        assert ended


def test_a_long_head_is_read(receiver: RunningServer) -> None:
    with closing(http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=60)) as connection:
        for _ in range(5):  # each request of a connection counts by itself
            connection.request("GET", "/healthz", headers={"X-Long": "a" * 30_000})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"alive\n")


@pytest.mark.parametrize("chunked", [False, True])
def test_long_bodies_are_read(chunked: bool, receiver: RunningServer) -> None:
    alert = b'{"status": "firing", "labels": {"alertname": "Long"}, "startsAt": "2026-11-21T10:00:00Z"}'
    body = b'{"alerts": [' + alert + b'], "more": "' + PIECE * 16 + b'"}'
    how = {"Authorization": "Bearer s3cret", **({"Transfer-Encoding": "chunked"} if chunked else {})}
    with closing(http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=60)) as connection:
        connection.request(
            "POST", "/api/v1/webhook", [body] if chunked else body, how, encode_chunked=chunked
        )
        assert connection.getresponse().status == 200
