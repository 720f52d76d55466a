"""A whole stack from a spec: built by the real command, run by the real servers from the tree as it is."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_alertmanager, run_blackbox, run_prometheus
from tests.support.waiting import free_port, wait_until

__all__ = ["Addresses", "RunningStack", "build", "free_addresses", "run_stack"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the three servers of a stack listen, each as host:port."""

    prometheus: str
    alertmanager: str
    blackbox_exporter: str


def free_addresses() -> Addresses:
    """Three addresses on loopback that were free a moment ago: a spec names them before the servers run."""
    return Addresses(*(f"127.0.0.1:{free_port()}" for _ in range(3)))


def build(spec: Path, tree: Path, *arguments: str) -> None:
    """Runs `monitorgen build SPEC -o TREE ARGUMENTS`; it must succeed without a single diagnostic."""
    program = Path(sys.executable).with_name("monitorgen")
    command: list[str | Path] = [program, "build", spec, "-o", tree, "--strict", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The servers of one tree."""

    prometheus: RunningServer
    alertmanager: RunningServer
    blackbox_exporter: RunningServer

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What Prometheus answers now: each series with its labels, `metric`, and `value`, [time, text]."""
        return _query(self.prometheus, expression)

    def wait_for(self, expression: str, count: int) -> list[dict[str, Any]]:
        """The same, once there are `count` series."""
        found: list[dict[str, Any]] = []

        def all_there() -> bool:
            found[:] = self.query(expression)
            return len(found) == count

        wait_until(all_there)
        return found

    def rules(self) -> dict[str, dict[str, Any]]:
        """Every rule that Prometheus has loaded, by name."""
        groups = self.prometheus.get("/api/v1/rules").json()["data"]["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"]}

    def reload(self) -> None:
        """Has all three read their part of the tree again; raises when one of them refuses it.

        Returns once Prometheus knows where to send alerts: it forgets that for some seconds, and what
        fires meanwhile is sent only a minute later.
        """
        for server in (self.prometheus, self.alertmanager, self.blackbox_exporter):
            server.reload()
        wait_until(self.alertmanagers)

    def alertmanagers(self) -> list[str]:
        """Where Prometheus sends alerts at this moment."""
        found = self.prometheus.get("/api/v1/alertmanagers").json()["data"]["activeAlertmanagers"]
        return [one["url"] for one in found]


def _query(prometheus: RunningServer, expression: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = prometheus.get("/api/v1/query", query=expression).json()["data"]["result"]
    return found


@contextmanager
def run_stack(
    generation: Generation, tree: Path, addresses: Addresses, storage: Path, *, begun: str
) -> Iterator[RunningStack]:
    """Prometheus, Alertmanager and blackbox_exporter, each started on what the tree has for it.

    `begun` is an expression that has an answer once Prometheus has looked at everything. Alertmanager is
    started only when it has one and there is no alert: nobody is told what was missed before.
    """
    with ExitStack() as servers:
        alertmanager = run_alertmanager(
            generation,
            tree / "alertmanager/alertmanager.yml",
            storage=storage,
            address=addresses.alertmanager,
            # What is read in a mail must lead back here, as behind an operator's own name.
            arguments=(f"--web.external-url=http://{addresses.alertmanager}",),
        )
        blackbox = run_blackbox(
            generation,
            tree / "blackbox/blackbox.yml",
            storage=storage,
            address=addresses.blackbox_exporter,
        )
        prometheus = run_prometheus(
            generation,
            tree / "prometheus/prometheus.yml",
            storage=storage,
            address=addresses.prometheus,
            arguments=(f"--web.external-url=http://{addresses.prometheus}",),
        )
        running_blackbox = servers.enter_context(blackbox)
        running_prometheus = servers.enter_context(prometheus)
        wait_until(lambda: _query(running_prometheus, begun))
        wait_until(lambda: not _query(running_prometheus, "ALERTS"))
        stack = RunningStack(running_prometheus, servers.enter_context(alertmanager), running_blackbox)
        wait_until(stack.alertmanagers)
        yield stack
