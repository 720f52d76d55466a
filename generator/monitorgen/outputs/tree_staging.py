"""A build that waits in a folder of its own until it is whole, and then takes its place file by file."""

# Thousands of files on every build, and a Path costs more than the system call.
# ruff: noqa: PTH102, PTH105, PTH106, PTH108, PTH110, PTH112, PTH123, PTH208

import errno
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from monitorgen.outputs.manifest import MANIFEST, Manifest, parse

__all__ = ["Staging", "discard", "leftovers", "pending"]

_NAME = re.compile(r"\.monitorgen-[0-9a-f]{12}")


class Staging:
    """What is to be written and removed below one tree; nothing of the tree changes before `commit`.

    The folder is inside the tree, so that it is on the same file system and a move is one rename.
    """

    def __init__(self, tree: Path) -> None:
        self._tree = str(tree)
        self._folder = f"{tree}/.monitorgen-{os.urandom(6).hex()}"
        self._writes: list[str] = []
        self._removals: list[str] = []
        self._is_torn = False
        os.mkdir(self._folder)

    def write(self, path: str, data: bytes) -> None:
        """Keeps `data` until `commit` puts it at `path`."""
        _write(f"{self._folder}/new-{len(self._writes)}", data)
        self._writes.append(path)

    def remove(self, path: str) -> None:
        """Has `commit` remove the file at `path`, if it is there, and the folders that it leaves empty."""
        self._removals.append(path)

    def commit(self, manifest: bytes) -> None:
        """Writes, then removes, then puts the manifest in place; after an exception the tree is as before.

        A kill leaves some files new and some old, under the old manifest; what the new ones are is then
        `pending` in the folder that is left.
        """
        undo: list[Callable[[], object]] = []
        moves = [(f"new-{number}", path) for number, path in enumerate(self._writes)]
        for name, path in (*moves, (MANIFEST, MANIFEST)):
            self._keep_old(name, path)
        _write(f"{self._folder}/{MANIFEST}", manifest)
        try:
            # Every step is on the list before it is taken: undoing what was not done does no harm.
            for folder in _folders_above(self._writes):
                if not os.path.isdir(f"{self._tree}/{folder}"):
                    undo.append(partial(_remove_folder, f"{self._tree}/{folder}"))
                    os.mkdir(f"{self._tree}/{folder}")
            for name, path in moves:
                self._move(name, path, undo)
            for number, path in enumerate(self._removals):
                gone = f"{self._folder}/gone-{number}"
                undo.append(partial(_move_if_there, gone, f"{self._tree}/{path}"))
                _move_if_there(f"{self._tree}/{path}", gone)
            for folder in reversed(_folders_above(self._removals)):
                undo.append(partial(os.makedirs, f"{self._tree}/{folder}", exist_ok=True))
                _remove_folder(f"{self._tree}/{folder}")
            self._move(MANIFEST, MANIFEST, undo)
        except BaseException:
            undone = [_succeeds(step) for step in reversed(undo)]
            self._is_torn = not all(undone)
            raise

    def discard(self) -> None:
        """Forgets everything, but for a commit that could not be undone: the next build mends the tree."""
        if not self._is_torn:
            discard(Path(self._folder))

    def _keep_old(self, name: str, path: str) -> None:
        """A second name for the file at `path`, which `_restore` needs: its content is not copied."""
        old = f"{self._folder}/old-{name}"
        with suppress(FileNotFoundError):
            try:
                os.link(f"{self._tree}/{path}", old)
            except OSError:  # a file system without hard links
                with open(f"{self._tree}/{path}", "rb") as file:
                    _write(old, file.read())

    def _move(self, name: str, path: str, undo: list[Callable[[], object]]) -> None:
        undo.append(partial(self._restore, name, path))
        os.replace(f"{self._folder}/{name}", f"{self._tree}/{path}")

    def _restore(self, name: str, path: str) -> None:
        old = f"{self._folder}/old-{name}"
        if os.path.exists(old):
            os.replace(old, f"{self._tree}/{path}")
        else:
            with suppress(FileNotFoundError):
                os.unlink(f"{self._tree}/{path}")


def leftovers(tree: Path) -> list[Path]:
    """The staging folders that killed builds left in `tree`; to be asked for by who holds its lock."""
    with os.scandir(tree) as entries:
        return sorted(
            Path(entry)
            for entry in entries
            if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        )


def pending(leftover: Path) -> Manifest | None:
    """What a killed build was putting in place, or None if it had not begun to or had ended that."""
    try:
        found = parse((leftover / MANIFEST).read_bytes())
    except OSError:
        return None
    return found if isinstance(found, Manifest) else None


def discard(folder: Path) -> None:
    """Removes a staging folder; what cannot be removed is left to a later build."""
    with suppress(OSError):
        for name in os.listdir(folder):
            os.unlink(f"{folder}/{name}")
        os.rmdir(folder)


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _folders_above(paths: Iterable[str]) -> list[str]:
    """Every folder on the way to `paths`, parents before children."""
    found: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return sorted(found)


def _remove_folder(folder: str) -> None:
    """Removes it if it is there and empty."""
    try:
        os.rmdir(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
            raise


def _succeeds(step: Callable[[], object]) -> bool:
    try:
        step()
    except OSError:
        return False
    return True


def _move_if_there(source: str, target: str) -> None:
    with suppress(FileNotFoundError):
        os.replace(source, target)
