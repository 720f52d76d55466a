"""The servers' own programs: where they are, which version they have, what they say, how to get them."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitorgen.model.versions import Version

__all__ = ["FRUGAL", "PROGRAMS", "Finished", "Wanted", "find", "run", "version_of"]

_VERSION = re.compile(r"(?:version |v)(\d+\.\d+\.\d+)")
_SECONDS: Final = 600.0
FRUGAL: Final = {"GOMAXPROCS": "1", "GOGC": "400"}
"""Go's runtime for programs that are short and run side by side: a third less work in all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A program we call. `names` are what its executable may be called; the rest is for who has none."""

    name: str
    names: tuple[str, ...]
    debian: str
    upstream: str


PROGRAMS: Final = {
    wanted.name: wanted
    for wanted in (
        Wanted(
            "promtool",
            ("promtool",),
            "prometheus (and promtool, where it is a package of its own)",
            "https://github.com/prometheus/prometheus/releases",
        ),
        Wanted(
            "amtool",
            ("amtool",),
            "prometheus-alertmanager",
            "https://github.com/prometheus/alertmanager/releases",
        ),
        Wanted(
            "blackbox_exporter",
            ("blackbox_exporter", "prometheus-blackbox-exporter"),
            "prometheus-blackbox-exporter",
            "https://github.com/prometheus/blackbox_exporter/releases",
        ),
        Wanted("terraform", ("terraform",), "", "https://developer.hashicorp.com/terraform/install"),
    )
}
"""Every program a built tree may be proved with, by name."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that has ended: its exit code, and what it wrote."""

    code: int
    output: str
    errors: str = ""


def find(name: str, folders: Sequence[Path] = ()) -> Path | None:
    """The executable of the program `name`: from the first of `folders` that has it, or else from PATH."""
    for folder in (*map(str, folders), None):
        for executable in PROGRAMS[name].names:
            if found := shutil.which(executable, path=folder):
                # Programs are started from other folders than ours.
                return Path(found).absolute()
    return None


def run(program: Path, *arguments: str | Path, together: bool = False, seconds: float = _SECONDS) -> Finished:
    """What `program ARGUMENTS` said and how it ended. Raises nothing: what cannot start has exit code 127.

    With `together` its standard error is part of the output, in the order it was written.
    """
    try:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
            env={**FRUGAL, **os.environ},
            check=False,
            timeout=seconds,
        )
    except (OSError, ValueError) as error:
        # ValueError: a character that no argument can hold.
        text = f"cannot run {program}: {getattr(error, 'strerror', None) or error}"
        return Finished(127, text, text)
    except subprocess.TimeoutExpired:
        text = f"{program} was still running after {seconds:.0f} seconds"
        return Finished(124, text, text)
    return Finished(
        done.returncode, done.stdout.decode(errors="replace"), (done.stderr or b"").decode(errors="replace")
    )


def version_of(program: Path) -> Version | None:
    """What a program says of itself to `--version`; None when that is no version."""
    said = run(program, "--version", together=True)
    found = _VERSION.search(said.output)
    return Version.parse(found[1]) if found and said.code == 0 else None
