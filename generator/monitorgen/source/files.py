"""Which files make up a spec, and what they are called. Imports nothing heavy: a rebuild begins here."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["SpecFile", "spec_files"]

_ENDINGS = (".yaml", ".yml")


class SpecFile(NamedTuple):
    """One file: `shown` as the caller gave it, `name` within the spec, wherever that lies."""

    shown: str
    name: str
    path: Path


def spec_files(paths: Sequence[Path]) -> list[SpecFile]:
    """Each file once, sorted by the name it is shown by.

    A path is a file, or a directory that is searched for `*.yaml` and `*.yml`. Hidden ones are left out, as
    are folders that hold a built tree; links are followed once.
    """
    files: dict[str, SpecFile] = {}
    for given in paths:
        is_folder = stat.S_ISDIR(_mode(given))
        prefix = f"{given.name}/" if is_folder and len(paths) > 1 else ""
        for path in _walk(given, set()) if is_folder else (given,):
            inner = path.relative_to(given) if is_folder else Path(path.name)
            file = SpecFile(_shown(path), prefix + _shown(inner), path)
            files.setdefault(os.path.realpath(path), file)
    return sorted(files.values(), key=lambda file: file.shown.split("/"))


def _walk(directory: Path, seen: set[str]) -> Iterator[Path]:
    """The spec files below `directory`; each real directory is entered once, so links cannot circle."""
    real = os.path.realpath(directory)
    if real in seen:
        return
    seen.add(real)
    try:
        children = sorted(directory.iterdir())
    except OSError:
        # Reading it as a file gives the reason as a diagnostic.
        yield directory
        return
    for child in children:
        if child.name.startswith("."):
            continue
        mode = _mode(child)
        if stat.S_ISDIR(mode):
            if not _is_built(child):
                yield from _walk(child, seen)
        elif child.suffix in _ENDINGS and (stat.S_ISREG(mode) or not mode):
            # What cannot be looked at is for reading to complain of; a pipe would make it wait.
            yield child


def _is_built(folder: Path) -> bool:
    """Whether an earlier build wrote this folder: its manifest begins with our name."""
    try:
        with (folder / "manifest.json").open("rb") as manifest:
            return b'"monitorgen"' in manifest.read(100)
    except OSError:
        return False


def _mode(path: Path) -> int:
    """What the path is, 0 when that cannot be known: a broken link, a folder that may not be entered."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _shown(path: Path) -> str:
    """The path with forward slashes; bytes that are no text become U+FFFD, so that it can be printed."""
    return os.fsencode(path.as_posix()).decode(errors="replace")
