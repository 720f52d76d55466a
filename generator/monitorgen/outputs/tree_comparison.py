"""The files of a build against the tree that stands: what is new, what is ours, what is in the way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.outputs.manifest import path_problem
from monitorgen.outputs.tree_reading import Obstacle, TreeReader

__all__ = ["COMPARISON_CODES", "Comparison", "compare"]

IN_THE_WAY = Code(
    "MG0702",
    "a file that is not ours stands in the way",
    "A build replaces only files that the manifest of an earlier build lists. A file, folder or link that "
    "somebody else put where this build has a file of its own is never touched, and nothing is written.",
)
BAD_PATH = Code(
    "MG0703",
    "an output has a path that cannot be a file of the build",
    "Every file of a build is below the build folder, under a name that any file system can hold. A name in "
    "the spec that becomes part of a file name must not change that.",
)
EMPTY = Code(
    "MG0704",
    "the build is empty",
    "No output made any file. Writing that would remove everything an earlier build made, which nobody "
    "means: the spec declares nothing yet, or `emit` leaves every output out.",
)
TWICE = Code(
    "MG0705",
    "two outputs make the same file",
    "Two files of one build have the same path, or one is where another needs a folder, so one of them would "
    "be lost.",
)

_RENAME = "Rename one of the two things in the spec that the files are named after."

COMPARISON_CODES = (IN_THE_WAY, BAD_PATH, EMPTY, TWICE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a build's files stand to a tree, by path, each list sorted.

    `hashes` has the SHA-256 of every file, `bytes` their size together. `stale` are files of an earlier
    build that this one does not make, and `gone` such files that are not there any more; `edited` those of
    `changed`, and `kept` those that would be stale, that are not as the earlier build left them. With
    `problems`, nothing may be written.
    """

    hashes: Mapping[str, str]
    bytes: int
    added: list[str]
    changed: list[str]
    unchanged: list[str]
    stale: list[str]
    gone: list[str]
    edited: list[str]
    kept: list[str]
    problems: list[Diagnostic]


def compare(
    directory: Path,
    files: Iterable[tuple[str, bytes]],
    known: Mapping[str, str],
    half_done: Sequence[Mapping[str, str]] = (),
    put: Callable[[str, bytes], None] | None = None,
) -> Comparison:
    """Compares `files`, taken one by one, with what stands below `directory`.

    `known` are the files of the last whole build with their hashes, and `half_done` those of builds that
    were killed while they wrote: such a file is ours only if its content is what that build wrote. Each
    file that must be written is handed to `put`, as long as there are no problems.
    """
    reader = TreeReader(directory)
    hashes: dict[str, str] = {}
    size = 0
    added, changed, unchanged, edited = _lists(4)
    problems: list[Diagnostic] = []
    for path, data in files:
        if says := path_problem(path):
            problems.append(_bad_path(path, says))
            continue
        if path in hashes:
            problems.append(TWICE.at(None, f"two outputs make {path}", hint=_RENAME))
            continue
        hashes[path] = sha256(data).hexdigest()
        size += len(data)
        standing = reader.read(path)
        if standing == data:
            unchanged.append(path)
            continue
        if standing is None:
            added.append(path)
        elif isinstance(standing, bytes) and (
            (as_left := _is_as_left(path, standing, known, half_done)) or path in known
        ):
            changed.append(path)
            if not as_left:
                edited.append(path)
        else:
            problems.append(_in_the_way(directory, path, standing))
        if put and not problems:
            put(path, data)
    problems += _clashes(hashes)
    if not hashes and not problems:
        problems.append(_empty())
    stale, gone, kept = _stale(reader, hashes, known, half_done)
    for paths in (added, changed, unchanged, edited):
        paths.sort()
    return Comparison(hashes, size, added, changed, unchanged, stale, gone, edited, kept, problems)


def _stale(
    reader: TreeReader,
    hashes: Mapping[str, str],
    known: Mapping[str, str],
    half_done: Sequence[Mapping[str, str]],
) -> tuple[list[str], ...]:
    """What earlier builds made and this one does not: as they left it, not there any more, and otherwise."""
    stale, gone, kept = _lists(3)
    for path in sorted(set(known).union(*half_done).difference(hashes)):
        standing = reader.read(path)
        if isinstance(standing, bytes) and _is_as_left(path, standing, known, half_done):
            stale.append(path)
        elif standing is None:
            gone.append(path)
        elif path in known:
            kept.append(path)
    return stale, gone, kept


def _is_as_left(
    path: str, content: bytes, known: Mapping[str, str], half_done: Sequence[Mapping[str, str]]
) -> bool:
    digest = sha256(content).hexdigest()
    return digest == known.get(path) or any(digest == files.get(path) for files in half_done)


def _clashes(paths: Mapping[str, str]) -> list[Diagnostic]:
    """A finding for each file that stands where another file of the build needs a folder."""
    folders = {path[:end] for path in paths for end, character in enumerate(path) if character == "/"}
    return [
        TWICE.at(
            None, f"one output makes the file {path}, and another makes files below {path}/", hint=_RENAME
        )
        for path in sorted(folders.intersection(paths))
    ]


def _bad_path(path: str, says: str) -> Diagnostic:
    return BAD_PATH.at(
        None,
        f"an output wants to write {path!r}, which {says}",
        hint="Rename what in the spec the file is named after.",
    )


def _in_the_way(directory: Path, path: str, standing: bytes | Obstacle) -> Diagnostic:
    if isinstance(standing, Obstacle):
        what = f"{directory / path} cannot be written: {standing.what} is in its place"
    else:
        what = f"{directory / path} is not from an earlier build, and this build would write it differently"
    return IN_THE_WAY.at(None, what, hint="Move it away, or build into another folder.")


def _empty() -> Diagnostic:
    return EMPTY.at(
        None,
        "the build made no files, so nothing was written",
        hint="Declare a service, and look at what `emit` leaves out.",
    )


def _lists(count: int) -> tuple[list[str], ...]:
    return tuple([] for _ in range(count))
