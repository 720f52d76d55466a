"""Trees on disk as values, for tests of what writes them."""

import os
from pathlib import Path

__all__ = ["snapshot"]


def snapshot(tree: Path, *, hidden: bool = False) -> dict[str, bytes | str | None]:
    """Every entry below `tree` by path: a file's content, a link's target, None for a folder.

    Names that begin with `.monitorgen-` are left out unless `hidden`.
    """
    found: dict[str, bytes | str | None] = {}
    for folder, folders, files in os.walk(tree):
        if not hidden:
            folders[:] = [name for name in folders if not name.startswith(".monitorgen-")]
        for name in (*folders, *files):
            path = Path(folder) / name
            if hidden or not name.startswith(".monitorgen-"):
                shown = str(path.relative_to(tree))
                if path.is_symlink():
                    found[shown] = str(path.readlink())
                else:
                    found[shown] = path.read_bytes() if path.is_file() else None
    return found
