"""A service to watch: a page that says whether it is well, and metrics that a test can set and take away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

__all__ = ["Shop", "shop"]


@dataclass(slots=True)
class Shop:
    """A service at `address`: `/healthz` answers by `healthy`, `/metrics` with `samples`.

    `samples` are values by series, as the exposition format writes them: `queue{shard="a"}`.
    """

    address: str
    healthy: bool = True
    samples: dict[str, float] = field(default_factory=dict)

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        match path:
            case "/healthz" if self.healthy:
                return 200, "status: healthy\n"
            case "/healthz":
                return 503, "status: broken\n"
            case "/metrics":
                return 200, "".join(f"{series} {value}\n" for series, value in dict(self.samples).items())
        return 404, ""


@contextmanager
def shop(**samples: float) -> Iterator[Shop]:
    """A shop on loopback, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = served.page(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served = Shop(f"127.0.0.1:{server.server_port}", samples=samples)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
