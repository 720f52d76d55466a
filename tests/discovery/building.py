"""Scrape jobs on their way from a spec to a real Prometheus, and what it makes of them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitorgen.cli.pipeline import compile_spec, read
from monitorgen.model.diagnostic import has_errors
from monitorgen.model.names import PROMETHEUS_DIR
from monitorgen.model.stack import Stack
from monitorgen.outputs.prometheus import OUTPUT
from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_prometheus
from tests.support.waiting import wait_until

__all__ = ["Prometheus", "Target", "built", "running", "written"]


def built(folder: Path, service: Mapping[str, Any], **sections: Any) -> Stack:
    """The stack of a spec with one service, `checkout`, that says `service`."""
    spec = {
        "organization": "acme",
        "teams": {"payments": {"notify": {"default": ["hook"]}}},
        "channels": {"hook": {"type": "webhook", "url": "http://127.0.0.1:9/"}},
        "services": {"checkout": {"team": "payments", **service}},
        # A spec has to name an Alertmanager; nobody listens there.
        "servers": {"alertmanager": {"addresses": ["127.0.0.1:9"]}},
        **sections,
    }
    file = folder / "spec.yaml"
    file.write_text(json.dumps(spec))
    compiled = compile_spec(read([file]))
    assert not has_errors(compiled.diagnostics), compiled.diagnostics
    assert compiled.stack is not None
    return compiled.stack


def written(stack: Stack, folder: Path) -> Path:
    """The path of prometheus.yml, written below `folder` with the files it needs."""
    for path, text in OUTPUT.render(stack):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder / PROMETHEUS_DIR / "prometheus.yml"


@dataclass(frozen=True, slots=True)
class Target:
    """A target as Prometheus shows it: the job, its labels, and how it is scraped."""

    job: str
    labels: dict[str, str]
    health: str
    error: str
    url: str
    interval: str
    timeout: str


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    server: RunningServer

    def targets(self) -> list[Target]:
        """Its targets, by job and instance."""
        answer = self.server.get("/api/v1/targets", state="active").json()
        found = [
            Target(
                t["scrapePool"],
                {name: value for name, value in t["labels"].items() if name != "job"},
                t["health"],
                t["lastError"],
                t["scrapeUrl"],
                t["scrapeInterval"],
                t["scrapeTimeout"],
            )
            for t in answer["data"]["activeTargets"]
        ]
        return sorted(found, key=lambda t: (t.job, t.labels["instance"]))

    def series(self, selector: str) -> list[dict[str, str]]:
        """The labels of the series that `selector` finds now."""
        result = self.server.get("/api/v1/query", query=selector).json()["data"]["result"]
        return [dict(one["metric"]) for one in result]

    def wait_for(self, count: int, *, scraped: bool = True) -> list[Target]:
        """Its targets, once there are `count` of them and each (if `scraped`) has been tried."""

        def ready() -> bool:
            targets = self.targets()
            return len(targets) == count and not (scraped and any(t.health == "unknown" for t in targets))

        try:
            wait_until(ready)
        except AssertionError:
            print(self.targets())
            raise
        return self.targets()


@contextmanager
def running(generation: Generation, stack: Stack, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that has loaded what a build would write for `stack`."""
    config = written(stack, folder)
    checked = generation.promtool("check", "config", config)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with run_prometheus(generation, config, storage=folder / "prometheus-run") as server:
        yield Prometheus(server)
