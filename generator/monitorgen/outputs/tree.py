"""The tree of files on disk: the only place that writes what a build made.

Whatever happens, the tree is the old one or the new one: files are staged first and moved into place at the
end, the manifest last. Only files that a manifest of ours knows are replaced or removed. Imported before
anything else of a build, so nothing heavy may be imported here. Nothing is flushed to the disk: after a
power failure `is_current` sees what is missing, and the same build can be had again.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.outputs.manifest import MANIFEST, Manifest
from monitorgen.outputs.tree_comparison import COMPARISON_CODES, Comparison, compare
from monitorgen.outputs.tree_lock import locked
from monitorgen.outputs.tree_reading import TreeReader, is_current
from monitorgen.outputs.tree_removal import remove_tree
from monitorgen.outputs.tree_staging import Staging, discard, leftovers, pending

__all__ = ["CODES", "Written", "abandoned_tree", "check_tree", "is_current", "remove_build", "write_tree"]

CANNOT_WRITE = Code(
    "MG0701",
    "the build folder cannot be written",
    "The system refused to make, read or move a file below the build folder: no permission, a full disk, a "
    "file where a folder should be. The folder is left as it was before the build.",
)
BUSY = Code(
    "MG0706",
    "another build is writing to the same folder",
    "One build at a time may write to a folder. This one waited for the other to end, and gave up.",
)
BAD_MANIFEST = Code(
    "MG0707",
    "manifest.json is not a manifest this version can read",
    "Without the manifest of the earlier build nobody can tell which files in the folder are ours, so "
    "nothing is written. A merge conflict in a committed build folder is the usual cause.",
)
EDITED = Code(
    "MG0708",
    "a built file was edited by hand",
    "The file is not as the last build left it. What the build still makes is replaced, and the edit is "
    "lost: it belongs into the spec. What the build no longer makes is left where it is.",
    severity=Severity.WARNING,
)
OUT_OF_DATE = Code(
    "MG0709",
    "the build folder is not what the spec says",
    "The build folder was checked against a fresh build of the same spec (`build --check`), and differs. "
    "Somebody changed the spec without building it, or changed built files.",
)

CODES: tuple[Code, ...] = (CANNOT_WRITE, *COMPARISON_CODES, BUSY, BAD_MANIFEST, EDITED, OUT_OF_DATE)

_HINTS = {
    errno.ENOSPC: "The disk is full: make room, or build into a folder on another disk.",
    errno.EDQUOT: "Your disk quota is used up: make room, or build into a folder on another disk.",
    errno.EACCES: "Give yourself permission to write there, or build into another folder.",
    errno.EPERM: "Give yourself permission to write there, or build into another folder.",
    errno.EROFS: "The file system is mounted read-only: build into another folder.",
    errno.EEXIST: "There is a file of that name: build into a folder.",
    errno.ENOTDIR: "A part of the path is a file: build into a folder.",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What writing a tree did, by path below the build folder, sorted; `bytes` is the size of all its files.

    `warnings` are about files somebody edited by hand. The manifest is counted nowhere.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    bytes: int
    warnings: tuple[Diagnostic, ...] = ()


def write_tree(
    directory: Path, files: Iterable[tuple[str, bytes]], manifest: Manifest, *, wait_seconds: float = 10
) -> Written | list[Diagnostic]:
    """Makes `directory` hold exactly `files`, beside what others keep there, and the manifest of them.

    `files` are taken one by one and never held together; when that raises, or anything goes wrong, the
    tree stays as it was. `manifest` says all but the files. Files whose content is already right are not
    touched. Returns diagnostics, and has written nothing, when the tree cannot be written, when something
    foreign is in the way, when there are no files, or when another build writes for `wait_seconds`.
    """
    made: list[Path] = []
    result: Written | list[Diagnostic] = []
    try:
        made = [folder for folder in (directory, *directory.parents) if not folder.exists()]
        directory.mkdir(parents=True, exist_ok=True)
        with locked(directory, wait_seconds) as is_ours:
            result = _write(directory, files, manifest) if is_ours else [_busy(directory)]
    except OSError as error:
        result = [_cannot_write(directory, error)]
    finally:
        if not isinstance(result, Written):
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()
    return result


def check_tree(directory: Path, files: Iterable[tuple[str, bytes]], manifest: Manifest) -> list[Diagnostic]:
    """How `directory` differs from what `write_tree` would leave there; writes nothing.

    One diagnostic for each file that is missing, different or no longer made, and one for the manifest when
    nothing but it differs.
    """
    try:
        return _check(directory, files, manifest)
    except OSError as error:
        return [_cannot_write(directory, error)]


def abandoned_tree(directory: Path) -> Diagnostic:
    """What a check says of the tree of an environment that the spec has no more."""
    return _out_of_date(f"{directory} is of an environment that the spec does not have")


def remove_build(directory: Path) -> list[Diagnostic]:
    """Takes away what a build made in `directory`, and nothing else; what stood in the way, if anything."""
    try:
        edited = remove_tree(directory)
    except OSError as error:
        return [_cannot_write(directory, error)]
    return [_busy(directory)] if edited is None else list(_kept(directory, edited))


def _write(
    directory: Path, files: Iterable[tuple[str, bytes]], manifest: Manifest
) -> Written | list[Diagnostic]:
    old = TreeReader(directory).manifest()
    if isinstance(old, str):
        return [_bad_manifest(directory, old)]
    left = leftovers(directory)
    staging = Staging(directory)
    try:
        found = compare(directory, files, old.files if old else {}, _half_done(left), staging.write)
        if found.problems:
            return found.problems
        for path in (*found.stale, *found.gone):  # what is gone may have left an empty folder
            staging.remove(path)
        new = replace(manifest, files=found.hashes)
        if found.added or found.changed or found.stale or found.gone or new != old:
            staging.commit(new.to_text().encode())
    finally:
        staging.discard()
    for folder in left:
        discard(folder)
    return Written(
        tuple(found.added),
        tuple(found.changed),
        tuple(found.unchanged),
        tuple(found.stale),
        found.bytes,
        tuple(_edited(directory, found)),
    )


def _check(directory: Path, files: Iterable[tuple[str, bytes]], manifest: Manifest) -> list[Diagnostic]:
    if not directory.is_dir():
        return [_out_of_date(f"{directory} is not there")]
    old = TreeReader(directory).manifest()
    if isinstance(old, str):
        return [_bad_manifest(directory, old)]
    found = compare(directory, files, old.files if old else {}, _half_done(leftovers(directory)))
    differences = [
        *(_out_of_date(f"{directory / path} is missing") for path in found.added),
        *(_out_of_date(f"{directory / path} is not what the spec says") for path in found.changed),
        *(_out_of_date(f"{directory / path} is no longer made") for path in (*found.stale, *found.kept)),
    ]
    if found.problems or differences:
        return [*found.problems, *differences]
    if old is None:
        return [_out_of_date(f"{directory / MANIFEST} is missing")]
    new = replace(manifest, files=found.hashes)
    names = [field.name for field in fields(new) if getattr(new, field.name) != getattr(old, field.name)]
    if names:
        said = ", ".join(name.replace("_", " ") for name in names)
        return [_out_of_date(f"the files are right, but {directory / MANIFEST} says otherwise of: {said}")]
    return []


def _half_done(left: list[Path]) -> list[Mapping[str, str]]:
    return [begun.files for folder in left if (begun := pending(folder))]


def _cannot_write(directory: Path, error: OSError) -> Diagnostic:
    reason = (error.strerror or str(error)).lower()
    return CANNOT_WRITE.at(
        None, f"{directory} cannot be written: {reason}", hint=_HINTS.get(error.errno or 0, "")
    )


def _busy(directory: Path) -> Diagnostic:
    return BUSY.at(
        None,
        f"another build is writing to {directory}",
        hint="Let it end, then build again; or build into another folder.",
    )


def _bad_manifest(directory: Path, problem: str) -> Diagnostic:
    return BAD_MANIFEST.at(
        None,
        f"{directory / MANIFEST} cannot be used: {problem}",
        hint="Restore it from version control. If all else in the folder was built, remove the folder and "
        "build again; if the folder is somebody else's, build into another.",
    )


def _edited(directory: Path, found: Comparison) -> Iterator[Diagnostic]:
    for path in found.edited:
        yield EDITED.at(
            None,
            f"{directory / path} was edited since the last build; the edit is replaced",
            hint="Make the change in the spec, or put it under `extra:` there.",
        )
    yield from _kept(directory, found.kept)


def _kept(directory: Path, paths: Iterable[str]) -> Iterator[Diagnostic]:
    for path in paths:
        yield EDITED.at(
            None,
            f"{directory / path} is no longer made, but was edited since the last build; it stays",
            hint="Remove it, or keep it as a file of your own.",
        )


def _out_of_date(message: str) -> Diagnostic:
    return OUT_OF_DATE.at(None, message, hint="Run `monitorgen build` and commit what it writes.")
