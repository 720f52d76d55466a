"""No channel follows a redirect: a POST would arrive as a GET without a body, and count as delivered."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.channels.trials import alert, delivery, run, send
from tests.support.servers import Generation
from tests.support.waiting import wait_until


@contextmanager
def moved_server() -> Iterator[tuple[str, list[str]]]:
    """The URL of a server that sends everyone to `/new`, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200 if self.path == "/new" else 302)
            self.send_header("Location", "/new")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what was asked is in the list."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_redirects_are_not_followed(generation: Generation, tmp_path: Path) -> None:
    with moved_server() as (url, asked):
        secret, key = tmp_path / "slack", tmp_path / "key"
        secret.write_text(f"{url}/slack")
        key.write_text("key")
        pagerduty = {"integration_key": {"file": str(key)}, "extra": {"url": f"{url}/pagerduty"}}
        channels: dict[str, dict[str, Any]] = {
            "webhook": {"url": f"{url}/webhook"},
            "slack": {"webhook_url": {"file": str(secret)}},
            "pagerduty": pagerduty,
        }
        deliveries = {name: delivery(generation, name, {"type": name, **channels[name]}) for name in channels}
        with run(generation, deliveries, tmp_path) as server:
            send(server, *map(alert, channels))
            wait_until(lambda: all(f"POST /{name}" in asked for name in channels))
            wait_until(lambda: all(f"{name}/{name}[0]" in server.log() for name in channels))
    assert set(asked) == {f"POST /{name}" for name in channels}
