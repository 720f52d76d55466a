"""`timeout:` of a webhook ends an attempt that gets no answer, and Alertmanager tries again."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from tests.channels.trials import alert, delivery, run, send
from tests.support.raw_server import raw_server, read_request
from tests.support.servers import Generation
from tests.support.waiting import wait_until


@contextmanager
def deaf_server() -> Iterator[tuple[str, list[str]]]:
    """The URL of a server that reads requests and never answers, and the paths it was asked for."""
    asked: list[str] = []

    def talk(connection: socket.socket, over: Event) -> None:
        if request := read_request(connection):
            asked.append(request.split()[1].decode())
            over.wait()

    with raw_server(talk) as address:
        yield f"http://{address}", asked


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
