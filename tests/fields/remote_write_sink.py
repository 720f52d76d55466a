"""A server that takes what Prometheus writes to it, and reads it: snappy's block format around protobuf."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

__all__ = ["Written", "written_to"]

_BYTES = 2  # protobuf's wire type of strings, bytes and messages


@dataclass(frozen=True, slots=True)
class Written:
    """One request: its headers (names in lower case), and the labels of each series in it."""

    headers: dict[str, str]
    series: tuple[dict[str, str], ...]

    @property
    def metrics(self) -> set[str]:
        """The names of the metrics in it."""
        return {labels["__name__"] for labels in self.series}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that does not like our certificate is what a test may be about."""


@contextmanager
def written_to(taken: dict[str, list[Written]], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The URL of a server that keeps every request in `taken`, by its path without the slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            taken.setdefault(self.path.strip("/"), []).append(Written(headers, tuple(_series(body))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _series(body: bytes) -> Iterator[dict[str, str]]:
    """The labels of every series of a WriteRequest (prometheus/prometheus, prompb/remote.proto)."""
    for number, series in _fields(_uncompressed(body)):
        if number == 1:
            pairs = [dict(_fields(label)) for field, label in _fields(series) if field == 1]
            yield {pair[1].decode(): pair[2].decode() for pair in pairs}


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message that hold bytes, by number; the others are passed over."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case wire:
                assert wire == _BYTES, wire
                length, at = _varint(message, at)
                yield key >> 3, message[at : at + length]
                at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it has ended."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _uncompressed(data: bytes) -> bytes:
    """Snappy's block format (google/snappy, format_description.txt)."""
    size, at = _varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        length = tag >> 2
        match tag & 3:
            case 0:
                if length >= 60:
                    extra = length - 59
                    length = int.from_bytes(data[at : at + extra], "little")
                    at += extra
                out += data[at : at + length + 1]
                at += length + 1
                continue
            case 1:
                offset = (tag >> 5) << 8 | data[at]
                length, at = (length & 7) + 4, at + 1
            case kind:
                width = 2 if kind == 2 else 4
                offset = int.from_bytes(data[at : at + width], "little")
                length, at = length + 1, at + width
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size
    return bytes(out)
