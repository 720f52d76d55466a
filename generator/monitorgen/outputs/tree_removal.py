"""Trees of environments that a spec has no more: found beside those it has, and taken away."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from monitorgen.outputs.manifest import MANIFEST, Manifest
from monitorgen.outputs.tree_lock import locked
from monitorgen.outputs.tree_reading import TreeReader

__all__ = ["abandoned", "remove_tree"]


def abandoned(output: Path, names: Collection[str], spec_files: Collection[str]) -> Iterator[Path]:
    """The folders below `output` that hold a build of an environment which is not one of `names` any more.

    Only those that a build of all environments made, of a spec that has a file in common with `spec_files`:
    whatever else somebody keeps there is not ours to judge.
    """
    folders = sorted(output.iterdir()) if output.is_dir() else []
    for folder in folders:
        if folder.name in names or folder.is_symlink() or not folder.is_dir():
            continue
        manifest = _manifest(folder)
        if manifest is None or not set(manifest.spec_files).intersection(spec_files):
            continue
        said = [word for word in manifest.arguments if word.startswith("--environment=")]
        if said == ([] if folder.name == "default" else [f"--environment={folder.name}"]):
            yield folder


def remove_tree(folder: Path, wait_seconds: float = 10) -> list[str] | None:
    """Takes away what a build made in `folder`; returns the files that stay since they were edited.

    What others keep there stays, and the folder with it. None when another build writes there for
    `wait_seconds`. The manifest goes last, so that a removal which did not end can be done again. Raises
    OSError when the system refuses.
    """
    with locked(folder, wait_seconds) as is_ours:
        manifest = _manifest(folder)
        if not is_ours or manifest is None:
            return None
        reader, edited = TreeReader(folder), list[str]()
        for path, digest in sorted(manifest.files.items()):
            standing = reader.read(path)
            if isinstance(standing, bytes) and sha256(standing).hexdigest() == digest:
                (folder / path).unlink()
            elif standing is not None:
                edited.append(path)
        above = {folder / up for path in manifest.files for up in Path(path).parents if up != Path()}
        for parent in sorted(above, reverse=True):
            with suppress(OSError):
                parent.rmdir()
        (folder / MANIFEST).unlink()
    with suppress(OSError):
        folder.rmdir()
    return edited


def _manifest(folder: Path) -> Manifest | None:
    try:
        found = TreeReader(folder).manifest()
    except OSError:
        return None
    return found if isinstance(found, Manifest) else None
