"""A witness over HTTP: few connections, small bodies, short waits, and no answer that is a traceback."""

import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from monitorgen_exporters.audit.witness.judgement import Verdict, Witness
from monitorgen_exporters.audit.witness.metrics import WitnessMetrics
from monitorgen_exporters.audit.witness.submission import LARGEST

__all__ = ["serving"]

_CONNECTIONS: Final = 64
_WAIT: Final = 30.0
"""Seconds for the body of a request to arrive, and for the next request on a connection."""

_log = logging.getLogger(__name__)


@contextmanager
def serving(witness: Witness, host: str, port: int) -> Iterator[str]:
    """A running server, until the block ends; gives `HOST:PORT`, as a port of 0 means any that is free.

    Raises OSError when the address cannot be had.
    """
    server = _Server(host, port, witness)
    thread = threading.Thread(target=server.serve_forever, name="witness", daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"{shown}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = _CONNECTIONS
    block_on_close = False  # what was cosigned is stored; who still waits for an answer asks again

    def __init__(self, host: str, port: int, witness: Witness) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.witness = witness
        self.metrics = WitnessMetrics(witness.memory)
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's signature
        problem = sys.exception()
        if isinstance(problem, OSError):
            _log.info("%s went away: %s", client_address[0], problem)
        else:
            _log.error("a mistake in the witness: %s: %s", type(problem).__name__, problem)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "monitorgen-witness"
    sys_version = ""
    default_request_version = "HTTP/1.0"  # 0.9 has no status line, and what spoke it is gone
    timeout = _WAIT

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
        elif len(length) > 10 or int(length) > LARGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self._body(int(length))
            self._answer(self.server.witness.add_checkpoint(body))

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/checkpoint":
            origins = parse_qs(query).get("origin", [])
            if len(origins) == 1:
                self._answer(self.server.witness.latest(origins[0]))
            else:
                self.send_error(HTTPStatus.BAD_REQUEST, "ask for /checkpoint?origin=ORIGIN")
        elif path == "/metrics":
            text = generate_latest(self.server.metrics.registry)
            self._answer(Verdict(HTTPStatus.OK, text, CONTENT_TYPE_LATEST))
        elif path == "/healthz":
            self._answer(Verdict(HTTPStatus.OK, b"ok\n"))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuses in one line of plain text, and ends the connection: what follows may be anything."""
        self.close_connection = True
        status = HTTPStatus(code)
        self._answer(Verdict(status, f"{message or status.phrase}\n".encode("utf-8", "replace")))

    def log_message(self, format: str, *args: Any) -> None:
        """One line for each request; control characters in it are made visible."""
        _log.info("%s %s", self.address_string(), (format % args).encode("unicode_escape").decode())

    def _body(self, length: int) -> bytes:
        """The body; an end of the connection, or of our patience, ends the handler."""
        deadline = time.monotonic() + _WAIT
        parts: list[bytes] = []
        missing = length
        while missing:
            part = self.rfile.read1(missing)
            if not part or time.monotonic() > deadline:
                raise ConnectionError("the body did not arrive")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _answer(self, verdict: Verdict) -> None:
        self.server.metrics.answered(verdict.status)
        self.send_response(verdict.status)
        self.send_header("Content-Type", verdict.content_type)
        self.send_header("Content-Length", str(len(verdict.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(verdict.body)
