"""Console blocks of a page: commands and what they print, run in one shell and compared."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scripts.documentation.markdown import fences

__all__ = ["Command", "Ran", "commands", "differences", "run"]

_LONGEST = 300  # seconds for all commands of a page


@dataclass(frozen=True, slots=True)
class Command:
    """One command as a page shows it, with the lines it says are printed; none: whatever it prints."""

    text: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, both streams together, and how it ended."""

    printed: str
    code: int


def commands(page: str) -> list[Command]:
    """The commands of all console blocks of a page, in order."""
    found: list[Command] = []
    for fence in fences(page):
        if fence.language == "console":
            for line in fence.text.splitlines():
                if line.startswith("$ "):
                    found.append(Command(line[2:], ()))
                else:
                    found[-1] = Command(found[-1].text, (*found[-1].expected, line))
    return found


def run(shown: list[Command], cwd: Path, environment: Mapping[str, str]) -> list[Ran]:
    """Runs the commands one after the other in one shell, so that `cd` and `export` last."""
    script = "\n".join(f"{command.text}\nprintf '\\n\\036%d\\036\\n' $?" for command in shown)
    with subprocess.Popen(
        ["bash", "-s"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            printed, _ = shell.communicate(script, timeout=_LONGEST)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)  # with the servers that a page did not come to end
    parts = re.split("\n\036([0-9]+)\036\n", printed)
    return [
        Ran(printed.strip("\n"), int(code)) for printed, code in zip(parts[::2], parts[1::2], strict=False)
    ]


def differences(command: Command, ran: Ran) -> str:
    """How what was printed differs from what the page shows, or empty.

    `...` alone on a line stands for any lines, within a line for any text. A command that is shown to find
    an error may fail.
    """
    shown = "\n".join(command.expected)
    if ran.code and "error MG" not in shown:
        return f"$ {command.text}\nended with {ran.code}:\n{ran.printed}"
    if command.expected and not re.fullmatch(_pattern(command.expected), ran.printed + "\n", re.DOTALL):
        return f"$ {command.text}\nis shown to print:\n{shown}\nand prints:\n{ran.printed}"
    return ""


def _pattern(lines: tuple[str, ...]) -> str:
    return "".join(
        r"(?:[^\n]*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", r"[^\n]*") + r"\n"
        for line in lines
    )
