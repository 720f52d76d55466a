"""A whole stack from a spec: built by the real command, run by the real servers from the tree as it is."""

import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_alertmanager, run_blackbox, run_prometheus
from tests.support.waiting import wait_until

__all__ = ["Addresses", "RunningStack", "build", "free_addresses", "run_stack"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the three servers of a stack listen, each as host:port."""

    prometheus: str
    alertmanager: str
    blackbox_exporter: str


def free_addresses() -> Addresses:
    """Three addresses on loopback that were free a moment ago.

    A spec has to name them before any server is there. So they are none that the system would give to
    somebody else meanwhile, who asks for any free port or opens a connection.
    """
    found: set[str] = set()
    while len(found) < 3:
        port = random.randint(15_000, 30_000)  # noqa: S311
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                found.add(f"127.0.0.1:{port}")
    return Addresses(*sorted(found))


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
        answer = self.prometheus.get("/api/v1/query", query=expression).json()
        found: list[dict[str, Any]] = answer["data"]["result"]
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


@contextmanager
def run_stack(
    generation: Generation, tree: Path, addresses: Addresses, storage: Path
) -> Iterator[RunningStack]:
    """Prometheus, Alertmanager and blackbox_exporter, each started on what the tree has for it."""
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
        stack = RunningStack(
            alertmanager=servers.enter_context(alertmanager),
            blackbox_exporter=servers.enter_context(blackbox),
            prometheus=servers.enter_context(prometheus),
        )
        wait_until(stack.alertmanagers)
        yield stack
