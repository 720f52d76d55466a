"""Programs for tests, run as actions are, and a look at which of them still live."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitorgen_exporters.receiver.effects.process import Command, Ended, run

__all__ = ["alive", "command", "marker", "run_python", "run_shell"]


def command(*argv: str, environment: Mapping[str, str] | None = None, **said: Any) -> Command:
    """A command with ample bounds, but for what is said."""
    bounds: dict[str, Any] = {"timeout": 300.0, "cpu": 60, "memory": 512 << 20, "keep": 4096}
    return Command(argv=argv, environment=environment or {}, **{**bounds, **said})


def run_shell(script: str, **said: Any) -> Ended:
    """Runs a shell script."""
    return run(command("/bin/sh", "-c", script, **said))


def run_python(script: str, **said: Any) -> Ended:
    """Runs a Python program."""
    return run(command(sys.executable, "-I", "-S", "-c", script, **said))


def marker() -> str:
    """A time to sleep, for ever as far as a test goes, by which the sleeping process is known again."""
    return f"100000.{time.time_ns()}"


def alive(mark: str) -> list[int]:
    """The processes, zombies left out, with this among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found
