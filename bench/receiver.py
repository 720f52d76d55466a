"""`python -m bench.receiver`: durable deliveries a second, beside a bare loop in the same run.

Both get the same posts of 20 new alerts over 32 connections, from the same client on the same machine. The
bare loop writes a row for each alert and no more; the receiver opens an episode, with its history, its audit
record in the tree, and what follows from it. These machines are shared: quote the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.load import ALERTS
from tests.support.processes import run_server
from tests.support.receiver import run_receiver, write_settings

__all__: list[str] = []

GOAL = 0.25
"""The share of the bare loop's rate that is to be reached."""


def main() -> None:
    """Runs all of it; how much can be chosen."""
    options = argparse.ArgumentParser(prog="python -m bench.receiver", description=__doc__)
    options.add_argument("--posts", type=int, default=5000, help="posts of each run")
    options.add_argument("--runs", type=int, default=3, help="runs of each; medians are shown")
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--long", type=int, default=50_000, help="posts of the run that shows memory")
    options.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    chosen = options.parse_args()
    found: dict[str, list[dict[str, float]]] = {"bare loop": [], "receiver": []}
    for _ in range(chosen.runs):
        for name, runs in found.items():
            runs.append(_run(name, chosen.posts, chosen.connections, chosen.folder))
    for name, runs in found.items():
        middle = {
            what: median(run[what] for run in runs) for what in ("rate", "p50", "p99", "memory", "busy")
        }
        print(
            f"{name:10} {middle['rate']:8,.0f} posts/s {middle['rate'] * ALERTS:10,.0f} alerts/s   "
            f"p50 {middle['p50']:6.1f} ms   p99 {middle['p99']:6.1f} ms   {middle['memory']:4.0f} MB   "
            f"{middle['busy']:3.0f} us of processor an alert"
        )
    rate = {name: median(run["rate"] for run in runs) for name, runs in found.items()}
    print(f"receiver / bare loop: {rate['receiver'] / rate['bare loop']:.2f} (goal {GOAL})")
    if chosen.long:
        with _server("receiver", chosen.folder) as (url, pid):
            done = 0
            for posts in (chosen.long // 10, chosen.long * 9 // 10):
                _load(url, posts, chosen.connections, done)
                done += posts
                print(f"  after {done * ALERTS:,} alerts: {_memory(pid):.0f} MB")


def _run(name: str, posts: int, connections: int, folder: Path | None) -> dict[str, float]:
    with _server(name, folder) as (url, pid):
        before = _busy(pid)
        found = _load(url, posts, connections)
        return found | {"memory": _memory(pid), "busy": (_busy(pid) - before) / posts / ALERTS * 1e6}


@contextmanager
def _server(name: str, folder: Path | None) -> Iterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory(prefix="monitorgen-bench-", dir=folder) as made:
        place = Path(made)
        running = (
            run_receiver(write_settings(place, token="bench"))  # noqa: S106 - nobody's
            if name == "receiver"
            else run_server(
                lambda address: [sys.executable, "-m", "bench.receiver_bare", place / "bare.db", address],
                log_path=place / "log",
                ready="/readyz",
            )
        )
        with running as server:
            yield f"{server.url}/api/v1/webhook", server.process.pid


def _load(url: str, posts: int, connections: int, offset: int = 0) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", url, str(posts), str(connections), str(offset)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _busy(pid: int) -> float:
    """Seconds that a process has had of the processors."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Resident megabytes of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


if __name__ == "__main__":
    main()
