"""blackbox.yml: the modules, as both generations read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from monitorgen.model.scraping import ProbeModule
from monitorgen.outputs.blackbox import OUTPUT
from tests.support.nasty_strings import NASTY_STRINGS
from tests.support.servers import Generation, run_blackbox
from tests.support.stacks import stack


def module(name: str, **http: Any) -> ProbeModule:
    return ProbeModule(name, {"prober": "http", "http": http})


def test_no_checks_no_file() -> None:
    assert dict(OUTPUT.render(stack())) == {}


def test_every_module_by_its_name() -> None:
    modules = (module("http-2", method="POST"), module("http-1"))
    ((path, text),) = OUTPUT.render(stack(probe_modules=modules))
    assert path == "blackbox/blackbox.yml"
    assert yaml.safe_load(text) == {
        "modules": {
            "http-2": {"prober": "http", "http": {"method": "POST"}},
            "http-1": {"prober": "http", "http": {}},
        }
    }


@contextmanager
def recording(bodies: dict[str, str]) -> Iterator[str]:
    """The URL of a web server that keeps the body of each request by its path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            bodies[self.path[1:]] = self.rfile.read(length).decode()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_any_text_is_what_a_real_exporter_sends(generation: Generation, tmp_path: Path) -> None:
    texts = {f"m{number}": text for number, text in enumerate(NASTY_STRINGS)}
    modules = tuple(module(name, method="POST", body=text) for name, text in texts.items())
    ((_, text),) = OUTPUT.render(stack(probe_modules=modules))
    config = tmp_path / "blackbox.yml"
    config.write_text(text, newline="")
    bodies: dict[str, str] = {}
    with recording(bodies) as url, run_blackbox(generation, config, storage=tmp_path / "run") as server:
        for name in texts:
            server.get("/probe", module=name, target=f"{url}/{name}")
    assert bodies == texts
