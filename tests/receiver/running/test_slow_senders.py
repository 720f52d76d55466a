"""Who begins a request and does not end it keeps nobody out, and is not waited for without end."""

import socket
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.support.running import routed, running_alertmanager, running_receiver
from tests.support.servers import Generation
from tests.support.waiting import wait_until

BESIDE = {"alertname": "Beside", "group": "beside"}
SLOW = (
    b"",
    b"POST /api/v1/webhook HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    b"\0\0\0\0",
    b"GARBAGE\r\n\r\n",
    b"POST /api/v1/webhook HTTP/9.9\r\n\r\n",
    b"POST /api/v1/webhook HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/webhook HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST /api/v1/webhook HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/v1/webhook HTTP/1.1\r\nAuthorization: Bearer s3cret\r\nContent-Length: 999\r\n\r\n{",
    b"POST /api/v1/webhook HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"POST /api/v1/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{",
    b"GET /api/v1/webhook HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000,
    b"GET /" + b"a" * 200_000,
)
"""What begins a request and does not end it."""


def test_who_never_ends_is_no_hindrance_and_not_waited_for(generation: Generation, tmp_path: Path) -> None:
    with running_receiver(tmp_path) as receiver, ExitStack() as stack:
        host, _, port = receiver.address.partition(":")
        slow = []
        for sent in SLOW * 20:
            connection = stack.enter_context(socket.create_connection((host, int(port)), 120))
            slow.append(connection)
            with suppress(ConnectionError):  # let go already
                connection.sendall(sent)
        with running_alertmanager(generation, tmp_path / "am", routed(receiver.webhook)) as alertmanager:
            alertmanager.post([BESIDE])
            wait_until(lambda: receiver.open() == {frozenset(BESIDE.items())})
        for connection in slow:
            _end_of(connection)
        assert receiver.stop() == 0
    receiver.check()


def test_what_begins_no_request_keeps_no_connection_open(tmp_path: Path) -> None:
    with running_receiver(tmp_path) as receiver:
        host, _, port = receiver.address.partition(":")
        with socket.create_connection((host, int(port)), 120) as connection:
            for _ in range(2):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = b""
                while not answer.endswith(b"alive\n"):
                    answer += connection.recv(1000)
            connection.sendall(b"\r\n")
            assert connection.recv(1) == b""


def _end_of(connection: socket.socket) -> None:
    """Returns once the other side has answered, or closed the connection."""
    with suppress(ConnectionError):
        connection.recv(1)
