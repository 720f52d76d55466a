"""What stands in a built tree now, read without ever following a link out of it."""

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from monitorgen.outputs.manifest import MANIFEST, Manifest, parse

__all__ = ["Obstacle", "TreeReader", "current_manifest", "is_current"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that is no file, where a file is looked for; `what` names it ("a symbolic link")."""

    what: str


class TreeReader:
    """Reads files below one folder, and remembers the folders it has looked at."""

    def __init__(self, tree: Path) -> None:
        self._tree = str(tree)
        self._folders: dict[str, Obstacle | bool] = {"": tree.is_dir()}

    def read(self, path: str) -> bytes | Obstacle | None:
        """The content of the file at `path`, None where nothing is, or what else is there or above it."""
        folder = self._folder(path.rpartition("/")[0])
        if folder is not True:
            return folder or None
        full = f"{self._tree}/{path}"
        try:
            mode = os.lstat(full).st_mode
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(mode):
            return Obstacle(_kind(mode))
        with open(full, "rb", buffering=0) as file:  # noqa: PTH123 (thousands of files, on every build)
            return file.read()

    def manifest(self) -> Manifest | str | None:
        """The tree's manifest, what is wrong with it, or None where there is none."""
        found = self.read(MANIFEST)
        if isinstance(found, Obstacle):
            return f"it is {found.what}"
        return None if found is None else parse(found)

    def _folder(self, path: str) -> Obstacle | bool:
        """Whether there is a folder at `path`, or what else is there or above it."""
        if (known := self._folders.get(path)) is not None:
            return known
        found = self._folder(path.rpartition("/")[0])
        if found is True:
            try:
                mode = os.lstat(f"{self._tree}/{path}").st_mode
            except FileNotFoundError:
                found = False
            else:
                found = True if stat.S_ISDIR(mode) else Obstacle(f"{_kind(mode)} ({path})")
        self._folders[path] = found
        return found


def is_current(tree: Path, key: str) -> bool:
    """Whether `tree` holds a whole build of `key`, every file as the manifest says, and nothing half done.

    Says False for anything it cannot read: the build that follows will say why.
    """
    return current_manifest(tree, key) is not None


def current_manifest(tree: Path, key: str) -> Manifest | None:
    """The manifest of a tree that `is_current`, None of any other."""
    reader = TreeReader(tree)
    try:
        manifest = reader.manifest()
        if not isinstance(manifest, Manifest) or manifest.key != key:
            return None
        if any(entry.name.startswith(".monitorgen-") for entry in tree.iterdir()):
            return None
        for path, expected in manifest.files.items():
            found = reader.read(path)
            if not isinstance(found, bytes) or sha256(found).hexdigest() != expected:
                return None
    except OSError:
        return None
    return manifest


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a file" if stat.S_ISREG(mode) else "a special file"
