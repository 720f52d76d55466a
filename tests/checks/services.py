"""Services on loopback for checks to try: web servers with and without TLS, and a server that talks lines."""

import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6, socket
from socketserver import StreamRequestHandler, TCPServer, ThreadingTCPServer
from threading import Thread

from tests.checks.name_server import Records, name_server

__all__ = [
    "CERTIFICATES",
    "PASSWORD",
    "RECORDS",
    "TOKEN",
    "USER",
    "Services",
    "serving",
    "tls_server_context",
]

CERTIFICATES = Path(__file__).parent / "certificates"
USER, PASSWORD, TOKEN = "prober", "open sesame", "let me in"

RECORDS: Records = {
    "checkout.test": [("checkout.test", "A", "10.0.0.1"), ("checkout.test", "A", "10.0.0.2")],
    "alias.test": [("alias.test", "CNAME", "checkout.test"), ("checkout.test", "A", "10.0.0.1")],
    "mail.test": [("mail.test", "MX", "10 mx.checkout.test")],
    "text.test": [("text.test", "TXT", "v=spf1 -all")],
    "empty.test": [],
    "far.test": [("far.test", "A", "10.0.0.9")],
}


@dataclass(frozen=True, slots=True)
class Services:
    """The ports of everything that runs."""

    web: int
    """HTTP on 127.0.0.1."""
    web6: int
    """HTTP on ::1; 0 where the machine has no IPv6."""
    secure: int
    """HTTPS with a certificate for checkout.test that signs itself."""
    mutual: int
    """The same, only for clients with the certificate of prober.test."""
    lines: int
    """A server that greets, answers PING, and goes on encrypted after STARTTLS."""
    secure_lines: int
    """The same, encrypted from the first byte."""
    names: int
    """A name server."""
    datagram_names: int
    """The same, over UDP alone."""
    closed: int
    """TCP on 127.0.0.1 that refuses every connection."""


def tls_server_context(*, clients: bool = False) -> ssl.SSLContext:
    """What a server with the certificate for checkout.test needs; `clients` must show theirs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(CERTIFICATES / "client.pem")
    return context


@contextmanager
def serving() -> Iterator[Services]:
    """All services, for as long as the block lasts."""
    with ExitStack() as everything:

        def run(server: TCPServer) -> int:
            everything.enter_context(server)
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            everything.callback(thread.join)
            everything.callback(server.shutdown)
            return int(server.server_address[1])

        # It is taken, so that nobody else listens there; but nobody listens.
        unheard = everything.enter_context(socket())
        unheard.bind(("127.0.0.1", 0))
        yield Services(
            web=run(_Web(("127.0.0.1", 0), _Page)),
            web6=_or_zero(lambda: run(_Web6(("::1", 0), _Page))),
            secure=run(_over(tls_server_context(), _Web(("127.0.0.1", 0), _Page))),
            mutual=run(_over(tls_server_context(clients=True), _Web(("127.0.0.1", 0), _Page))),
            lines=run(_Lines(("127.0.0.1", 0), _Talk)),
            secure_lines=run(_over(tls_server_context(), _Lines(("127.0.0.1", 0), _Talk))),
            names=everything.enter_context(name_server(RECORDS, recursive=("far.test",))),
            datagram_names=everything.enter_context(name_server(RECORDS, tcp=False)),
            closed=unheard.getsockname()[1],
        )


def _or_zero(start: Callable[[], int]) -> int:
    try:
        return start()
    except OSError:
        return 0


class _Quiet:
    """A client that hangs up, or does not like our certificate, is what many tests are about."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing."""


class _Web(_Quiet, ThreadingHTTPServer):
    pass


class _Web6(_Web):
    address_family = AF_INET6


class _Lines(_Quiet, ThreadingTCPServer):
    daemon_threads = True


def _over(context: ssl.SSLContext, server: TCPServer) -> TCPServer:
    # The handshake is left to the threads: a client that never says hello must not stop the others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


class _Page(BaseHTTPRequestHandler):
    """Answers by path; every page but these is 404."""

    def _answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        basic = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        match self.path:
            case "/ok":
                status = 200
            case "/teapot":
                status = 418
            case "/moved":
                status = 302
            case "/slow":
                time.sleep(2)
                status = 200
            case "/posted":
                status = 200 if (self.command, sent) == ("POST", b"ping") else 400
            case "/header":
                status = 200 if self.headers.get("X-Probe") == "yes" else 400
            case "/basic":
                status = 200 if self.headers.get("Authorization") == basic else 401
            case "/token":
                status = 200 if self.headers.get("Authorization") == f"Bearer {TOKEN}" else 401
            case _:
                status = 404
        text = b"all is well (healthy) at $1.50\n"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class _Talk(StreamRequestHandler):
    """Waits for its next line until the client hangs up."""

    def handle(self) -> None:
        if self._talk():
            context = tls_server_context()
            with (
                context.wrap_socket(self.request, server_side=True) as secure,
                secure.makefile("rwb") as file,
            ):
                file.write(b"220 secret\r\n")
                file.flush()
                file.readline()

    def _talk(self) -> bool:
        """Greets, answers line by line, and returns when there are no more; True when the rest is secret."""
        self.wfile.write(b"220 ready (really)\r\n")
        while line := self.rfile.readline().strip():
            if line == b"STARTTLS":
                self.wfile.write(b"220 go on\r\n")
                return True
            self.wfile.write({b"PING": b"+PONG\r\n", b"$1": b"+ONE\r\n"}.get(line, b"-ERR\r\n"))
        return False
