"""A small name server on loopback, over UDP and TCP."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from socketserver import (
    BaseRequestHandler,
    BaseServer,
    StreamRequestHandler,
    ThreadingTCPServer,
    ThreadingUDPServer,
)
from threading import Thread

from tests.support.waiting import free_port

__all__ = ["TYPES", "Records", "name_server"]

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
_NXDOMAIN, _REFUSED, _RECURSION_DESIRED, _RESPONSE = 3, 5, 0x0100, 0x8400

Records = Mapping[str, Sequence[tuple[str, str, str]]]
"""Records by the name asked for: each the name it is about, its type, and its data as in a zone file."""


@contextmanager
def name_server(
    records: Records,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    recursive: tuple[str, ...] = (),
    tcp: bool = True,
) -> Iterator[int]:
    """The port of a name server with these records; names in `recursive` only for who asks for recursion."""

    def answer(question: bytes) -> bytes:
        return _answer(question, records, recursive)

    class Datagram(BaseRequestHandler):
        def handle(self) -> None:
            data, reply = self.request
            reply.sendto(answer(data), self.client_address)

    class Stream(StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            reply = answer(self.rfile.read(length))
            self.wfile.write(struct.pack("!H", len(reply)) + reply)

    class Tcp(ThreadingTCPServer):
        allow_reuse_address = True

    address = (host, port or free_port())
    with ExitStack() as running:
        _run(ThreadingUDPServer(address, Datagram), running)
        if tcp:
            _run(Tcp(address, Stream), running)
        yield address[1]


def _run(server: BaseServer, running: ExitStack) -> None:
    running.enter_context(server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    running.callback(thread.join)
    running.callback(server.shutdown)


def _answer(question: bytes, records: Records, recursive: tuple[str, ...]) -> bytes:
    number, flags = struct.unpack("!HH", question[:4])
    name, end = _name(question, 12)
    (kind,) = struct.unpack("!H", question[end : end + 2])
    found = [_record(*r) for r in records.get(name, ()) if TYPES[r[1]] == kind or r[1] == "CNAME"]
    code = 0 if name in records else _NXDOMAIN
    if name in recursive and not flags & _RECURSION_DESIRED:
        code, found = _REFUSED, []
    header = struct.pack(
        "!HHHHHH", number, _RESPONSE | flags & _RECURSION_DESIRED | code, 1, len(found), 0, 0
    )
    return header + question[12 : end + 4] + b"".join(found)


def _name(packet: bytes, at: int) -> tuple[str, int]:
    labels = []
    while length := packet[at]:
        labels.append(packet[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), at + 1


def _record(name: str, kind: str, data: str) -> bytes:
    body = _data(kind, data.split())
    return _encoded(name) + struct.pack("!HHIH", TYPES[kind], 1, 60, len(body)) + body


def _data(kind: str, words: list[str]) -> bytes:
    match kind:
        case "A" | "AAAA":
            return ip_address(words[0]).packed
        case "MX":
            return struct.pack("!H", int(words[0])) + _encoded(words[1])
        case "SRV":
            return struct.pack("!HHH", *map(int, words[:3])) + _encoded(words[3])
        case "TXT":
            text = " ".join(words).encode()
            return bytes([len(text)]) + text
        case _:
            return _encoded(words[0])


def _encoded(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"
