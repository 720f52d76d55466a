"""Pods as a real Prometheus finds them by a cluster's API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.checks.services import TOKEN
from tests.discovery.building import built, running, written
from tests.support.servers import Generation

PORTS = [{"name": "metrics", "containerPort": 9102}, {"name": "web", "containerPort": 8080}]


def pod(namespace: str, name: str, address: str) -> dict[str, Any]:
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": name, "labels": {"app": "checkout"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "app", "ports": PORTS}]},
        "status": {"phase": "Running", "podIP": address, "hostIP": "192.0.2.100"},
    }


PODS = [pod("shop", "checkout-1", "192.0.2.1"), pod("test", "checkout-2", "192.0.2.2")]


@contextmanager
def cluster(asked: set[tuple[str, str]]) -> Iterator[str]:
    """The URL of a cluster's API, for who has the token; `asked` collects paths and label selectors."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            asked.add((url.path, query.get("labelSelector", [""])[0]))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.send_error(401)
                return
            if "sendInitialEvents" in query:
                # As clusters say that know nothing of it: the client then lists, and watches after.
                self._send(422, {"kind": "Status", "apiVersion": "v1", "reason": "Invalid", "code": 422})
                return
            if "watch" in query:
                # Nothing ever changes here. Without an end the client does not come back to ask.
                self.send_response(200)
                self.end_headers()
                over.wait(60)
                return
            where = url.path.split("/")[4] if "/namespaces/" in url.path else ""
            found = [one for one in PODS if where in ("", one["metadata"]["namespace"])]
            metadata = {"resourceVersion": "1"}
            self._send(200, {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": found})

        def _send(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            over.set()
            server.shutdown()
            thread.join()


def test_pods(generation: Generation, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    asked: set[tuple[str, str]] = set()
    with cluster(asked) as api:

        def pods(**fields: Any) -> dict[str, Any]:
            there = {"api_server": api, "bearer_token": {"file": str(token)}}
            return {"kubernetes": {**there, **fields}, "interval": "1h", "timeout": "1s"}

        stack = built(
            tmp_path,
            {
                "scrape": {
                    "all": pods(),
                    "one": pods(namespaces=["shop"], selector="app=checkout,tier!=test", port="metrics"),
                }
            },
        )
        config = written(stack, tmp_path)
        if "field kubernetes_sd_configs not found" in generation.promtool("check", "config", config).stderr:
            pytest.skip(f"kubernetes: not compiled into the {generation.name} Prometheus")
        with running(generation, stack, tmp_path) as prometheus:
            targets = prometheus.wait_for(5, scraped=False)
    usual = {"container": "app", "node": "node-1", "service": "checkout"}
    one = {**usual, "namespace": "shop", "pod": "checkout-1"}
    other = {**usual, "namespace": "test", "pod": "checkout-2"}
    assert [(target.job, target.labels) for target in targets] == [
        ("checkout-all", {**one, "instance": "checkout-1:8080"}),
        ("checkout-all", {**one, "instance": "checkout-1:9102"}),
        ("checkout-all", {**other, "instance": "checkout-2:8080"}),
        ("checkout-all", {**other, "instance": "checkout-2:9102"}),
        ("checkout-one", {**one, "instance": "checkout-1:9102"}),
    ]
    assert asked == {
        ("/api/v1/pods", ""),
        ("/api/v1/namespaces/shop/pods", "app=checkout,tier!=test"),
    }
