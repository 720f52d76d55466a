"""No server, however slow or talkative, holds up the one who tells it something."""

import gzip
import socket
import threading
from collections.abc import Callable

import pytest

from monitorgen_exporters.receiver.effects.http import KIND, LONGEST_ANSWER
from monitorgen_exporters.receiver.effects.kind import Outcome
from tests.receiver.effects.doing import Given, effect, notification
from tests.support.raw_server import answer, raw_server, read_request


def told(
    talk: Callable[[socket.socket, threading.Event], None], scheme: str = "http", *, timeout: str = "60s"
) -> Outcome:
    """What comes of telling a server that does this for ever; that anything comes is the test."""
    with raw_server(talk) as at:
        settings = Given({"it": notification(f"{scheme}://{at}/", timeout=timeout)})
        return KIND.perform(effect("http", {"event": {}}), settings)


def trickle(connection: socket.socket, over: threading.Event, data: bytes) -> None:
    """Sends this again and again, a byte at a time, so that no single wait is ever long."""
    while not over.is_set():
        for byte in data:
            connection.sendall(bytes([byte]))
            if over.wait(0.05):
                break


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 "])
def test_an_answer_that_never_begins_is_cut_off(begin: bytes) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(begin)
        trickle(connection, over, b"2")

    outcome = told(talk, timeout="5s")
    assert (outcome.state, outcome.why) == ("retry", "no answer within 5 s")


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_an_answer_that_never_ends_counts_by_its_status(end: bytes) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: y\r\n" + end)
        trickle(connection, over, b"still here ")

    outcome = told(talk, timeout="10s")
    assert outcome.state == "done"
    assert str(outcome.result["answer"]).startswith("still" if end else "")


def test_a_handshake_that_never_ends_is_cut_off() -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b"\x16\x03\x03\x40\x00")
        trickle(connection, over, b"\x02\x00\x3f\xfc")

    outcome = told(talk, "https", timeout="5s")
    assert outcome.state == "retry"


def test_a_server_that_does_not_read_is_cut_off() -> None:
    def talk(_connection: socket.socket, over: threading.Event) -> None:
        over.wait()

    with raw_server(talk) as at:
        settings = Given({"it": notification(f"http://{at}/", timeout="10s", idempotent="false")})
        outcome = KIND.perform(effect("http", {"event": {"text": "x" * (64 << 20)}}), settings)
    assert (outcome.state, outcome.why) == ("unknown", "no answer within 10 s; it may have arrived")


def test_of_a_huge_answer_the_start_is_read() -> None:
    sent = 0

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        nonlocal sent
        read_request(connection)
        connection.sendall(b"HTTP/1.1 500 No\r\n\r\n")
        while True:
            connection.sendall(b"x" * LONGEST_ANSWER)
            sent += LONGEST_ANSWER

    outcome = told(talk)
    assert outcome.state == "retry"
    assert len(str(outcome.result)) < 4000
    assert len(outcome.why) < 400
    assert sent < 1 << 28


def test_headers_without_end_are_no_answer() -> None:
    def talk(connection: socket.socket, _over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: and more\r\n" * 100)

    assert told(talk).state == "retry"


def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        read_request(connection)
        connection.sendall(answer(200, bomb, Content_Encoding="gzip"))

    outcome = told(talk)
    assert outcome.state == "done"
    assert str(outcome.result["answer"]).startswith("\\x1f")
