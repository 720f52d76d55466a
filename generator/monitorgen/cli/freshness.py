"""Is the tree already what this spec builds? Answered before anything heavy is imported."""

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from monitorgen.outputs.manifest import MANIFEST, Manifest
from monitorgen.outputs.tree_reading import current_manifest
from monitorgen.resources import Kind, data_dir
from monitorgen.source.files import spec_files

__all__ = ["build_key", "fresh", "mark_fresh"]

_DATA: tuple[Kind, ...] = ("templates", "rules", "grafana", "terraform")


def build_key(paths: Sequence[Path], arguments: Sequence[str]) -> str:
    """A hash of all a build rests on: version, arguments, spec files, templates. Empty if one cannot be read.

    Independent of the machine and of where the spec lies, so that a tree built elsewhere has the same key.
    """
    digest = hashlib.sha256()
    for part in (version("monitorgen"), *arguments):
        digest.update(part.encode() + b"\0")
    try:
        for file in spec_files(paths):
            _add(digest, file.name, file.path)
        for kind in _DATA:
            folder = data_dir(kind)
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                _add(digest, f"{kind}/{path.relative_to(folder).as_posix()}", path)
    except OSError:
        return ""
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", name: str, path: Path) -> None:
    data = path.read_bytes()
    digest.update(f"{name}\0{len(data)}\0".encode())
    digest.update(data)


def fresh(tree: Path, key: str) -> Manifest | None:
    """The manifest of `tree` if that is a whole build of `key` and newer than the compiler's own code."""
    try:
        built = (tree / MANIFEST).stat().st_mtime_ns
    except OSError:
        return None
    return current_manifest(tree, key) if _newest_code() < built else None


def mark_fresh(tree: Path) -> None:
    """Notes on the manifest that the compiler as it is now made this tree."""
    os.utime(tree / MANIFEST)


def _newest_code() -> int:
    """When the compiler's code last changed: version numbers do not change while it is being worked on."""
    newest = 0
    for folder, _folders, files in os.walk(Path(__file__).resolve().parents[1]):
        for name in files:
            if name.endswith(".py"):
                newest = max(newest, os.stat(os.path.join(folder, name)).st_mtime_ns)  # noqa: PTH116, PTH118
    return newest
