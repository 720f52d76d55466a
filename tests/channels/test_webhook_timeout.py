"""`timeout:` of a webhook ends an attempt that gets no answer, and Alertmanager tries again."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

from tests.channels.trials import alert, delivery, run, send
from tests.support.servers import Generation
from tests.support.waiting import wait_until


@contextmanager
def deaf_server() -> Iterator[tuple[str, Counter[str]]]:
    """The URL of a server that reads requests and never answers, and how often each path was asked for."""
    asked: Counter[str] = Counter()
    held: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                held.append(connection)
                line = connection.makefile("rb").readline().decode()
                if not line:
                    return
                asked[line.split()[1]] += 1

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}", asked
        finally:
            socket.create_connection(("127.0.0.1", port)).close()
            thread.join()
            for connection in held:
                connection.close()


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
                wait_until(lambda: asked["/hasty"] > asked["/patient"] + 1 > 1)
    left_out = [(problem.code.id, problem.field) for problem in hasty.problems]
    assert left_out == ([("MG0620", "timeout")] if generation.name == "oldest" else [])
