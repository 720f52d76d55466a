"""`timeout:` of a webhook ends an attempt that gets no answer, and Alertmanager tries again."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.channels.trials import alert, delivery, run, send
from tests.support.servers import Generation
from tests.support.waiting import wait_until


@contextmanager
def deaf_server() -> Iterator[tuple[str, list[str]]]:
    """The URL of a server that reads requests and never answers, and the paths it was asked for, in order."""
    asked: list[str] = []
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            over.wait()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            over.set()
            server.shutdown()
            thread.join()


def test_timeout(generation: Generation, tmp_path: Path) -> None:
    with deaf_server() as (url, asked):
        patient = delivery(generation, "patient", {"type": "webhook", "url": f"{url}/patient"})
        hasty = delivery(generation, "hasty", {"type": "webhook", "url": f"{url}/hasty", "timeout": "1s"})
        with run(generation, {"patient": patient, "hasty": hasty}, tmp_path) as server:
            send(server, alert("patient"), alert("hasty"))
            if generation.name == "oldest":
                wait_until(lambda: set(asked) == {"/patient", "/hasty"})
            else:
                # An attempt without a timeout lasts ten seconds here, so the two would keep in step.
                wait_until(lambda: asked.count("/hasty") > asked.count("/patient") + 1 > 1)
    left_out = [(problem.code.id, problem.field) for problem in hasty.problems]
    assert left_out == ([("MG0620", "timeout")] if generation.name == "oldest" else [])
