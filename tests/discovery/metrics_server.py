"""An application with metrics and an inventory: what it answers depends on the path and on who asks."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

from tests.checks.services import PASSWORD, TOKEN, USER, tls_server_context

__all__ = ["INVENTORY", "metrics_server"]

METRICS = """\
jobs_total{job="of-the-application",kind="a"} 1
jobs_total{job="of-the-application",kind="b"} 2
queue_length 3
"""
INVENTORY = '[{"targets": ["127.0.0.1:9"], "labels": {"zone": "a"}}]'


class _Handler(BaseHTTPRequestHandler):
    refreshes: list[str]

    def do_GET(self) -> None:
        authorization = self.headers.get("Authorization")
        basic = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        allowed = {
            "/metrics": True,
            "/elsewhere": True,
            "/slow": True,
            "/query?kind=full&kind=more&view=all": True,
            "/basic": authorization == basic,
            "/token": authorization == f"Bearer {TOKEN}",
        }
        if self.path == "/slow":
            sleep(1)
        # Prometheus says with this header that it wants an inventory, and how often it will ask.
        refresh = self.headers.get("X-Prometheus-Refresh-Interval-Seconds")
        if refresh is not None:
            self.refreshes.append(refresh)
        body = (METRICS if refresh is None else INVENTORY).encode()
        self.send_response(200 if allowed.get(self.path) else 404)
        self.send_header(
            "Content-Type", "text/plain; version=0.0.4" if refresh is None else "application/json"
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: clients that do not like our certificate hang up."""


@contextmanager
def metrics_server(
    *, tls: bool = False, clients: bool = False, refreshes: list[str] | None = None
) -> Iterator[int]:
    """The port of an application; with `tls` its certificate is for checkout.test, `clients` show theirs.

    `refreshes` collects how often (in seconds) those who ask for the inventory want to come back.
    """
    handler = type("Handler", (_Handler,), {"refreshes": [] if refreshes is None else refreshes})
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls:
            context = tls_server_context(clients=clients)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
