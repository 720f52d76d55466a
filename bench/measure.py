"""Whole processes, measured: wall and processor time, peak memory, and ratios between them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["Figures", "alternate", "run"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the runs of one command: seconds and megabytes (of the largest single process)."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:7.2f} s wall {self.cpu:7.2f} s cpu {self.memory:6.0f} MB"


def run(command: Sequence[str | Path], log: Path) -> Figures:
    """One run of a command, its output in `log`; ends the benchmark when it fails."""
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=out, stderr=subprocess.STDOUT, env=_as_installed()
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} failed:\n{log.read_text(errors='replace')[-2000:]}")
    scale = 1024 if sys.platform.startswith("linux") else 1024 * 1024
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def alternate(
    commands: dict[str, tuple[Callable[[], None], Sequence[str | Path]]], runs: int, log: Path
) -> dict[str, Figures]:
    """The medians of all commands, run in turn so that a slow minute of the machine hits each alike.

    Every command comes with a preparation that is not measured.
    """
    found: dict[str, list[Figures]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, (prepare, command) in commands.items():
            prepare()
            found[name].append(run(command, log))
    return {
        name: Figures(*(median(getattr(f, field) for f in figures) for field in ("wall", "cpu", "memory")))
        for name, figures in found.items()
    }


def _as_installed() -> dict[str, str]:
    """The environment without the switch that has Python compile every module anew at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
