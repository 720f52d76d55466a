"""Files and directories become one tree: found, read, merged, and each file's owner noted."""

import hashlib
import re
from collections.abc import Sequence as Many
from dataclasses import dataclass
from pathlib import Path

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.source.example import SPEC
from monitorgen.source.files import spec_files
from monitorgen.source.merge import merge_all
from monitorgen.source.node import Mapping, Scalar, Source
from monitorgen.source.reader import load_source, parse

__all__ = ["CODES", "Loaded", "load", "load_text"]

NO_FILES = Code(
    "MG0102",
    "No spec files",
    why="There is nothing to build from: no `*.yaml` or `*.yml` file was found; hidden ones are left out.",
)

TOP_LEVEL = Code(
    "MG0122",
    "A file that is no map",
    why="A spec file is a map of sections: `services`, `teams`, `channels` and so on. A list or a plain text "
    "at the top has no section to belong to.",
    bad="- organization: acme\n",
    good=SPEC,
)

OWNER = Code(
    "MG0123",
    "Owner is no team name",
    why="A file may begin with `owner: TEAM`, and every diagnostic in it is then blamed on that team.",
    bad="owner: [ops]\n" + SPEC,
    good="owner: ops\n" + SPEC,
)

EMPTY = Code(
    "MG0124",
    "A spec that says nothing",
    why="None of the files holds anything but comments. Building nothing would take away all that was "
    "built before.",
    bad="# services: see the other folder\n",
    good=SPEC,
)

CODES = (NO_FILES, TOP_LEVEL, OWNER, EMPTY)

_OWNER_LINE = re.compile(r"(?:[ \t]*+(?:#[^\n]*+|---[^\n]*+)?+\r?+\n)*+owner:[ \t]++['\"]?([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read. Keyed by the shown path of each file; `root` is None when no file says anything.

    owners       the team each file names at its top, for those that do
    declared     where it does, unless the file could not be read
    sources      each file's text, for showing lines
    diagnostics  everything wrong with the files and their merge
    files        the sha256 of each file's bytes, in hex
    names        each file's path within the spec, the same wherever the spec lies
    """

    root: Mapping | None
    owners: dict[str, str]
    sources: dict[str, Source]
    diagnostics: list[Diagnostic]
    files: dict[str, str]
    names: dict[str, str]
    declared: dict[str, Scalar]


def load(paths: Many[Path]) -> Loaded:
    """All spec files under `paths` as one tree.

    A path is a file, or a directory that is searched for `*.yaml` and `*.yml`, hidden ones left out and
    links followed once. Files are called as the caller gave them, with forward slashes, and read in the
    order of these names. Never raises for what the files hold; all their faults are collected.
    """
    owners: dict[str, str] = {}
    declared: dict[str, Scalar] = {}
    sources: dict[str, Source] = {}
    files: dict[str, str] = {}
    found: list[Diagnostic] = []
    roots: list[Mapping] = []
    listed = spec_files(paths)
    for shown, _, path in listed:
        source, data, faults = load_source(path, shown)
        found += faults
        if source is None:
            continue
        sources[shown] = source
        files[shown] = hashlib.sha256(data).hexdigest()
        root = _root(source, faults, owners, declared, found)
        if root is not None:
            roots.append(root)
    whole = merge_all(roots, found)
    if listed and whole is None and not found:
        found.append(_says_nothing(sources[listed[0].shown]))
    if not listed:
        named = ", ".join(path.as_posix() for path in paths) or "no path"
        hint = "`monitorgen init` writes a first spec"
        found.append(NO_FILES.at(None, f"there are no spec files (*.yaml, *.yml) in {named}", hint=hint))
    return Loaded(
        whole if isinstance(whole, Mapping) else None,
        owners,
        sources,
        found,
        files,
        {file.shown: file.name for file in listed},
        declared,
    )


def load_text(text: str, shown: str = "spec.yaml") -> Loaded:
    """A whole spec given as the text of one file, which is called `shown`."""
    source, owners, found = Source(shown, text), dict[str, str](), list[Diagnostic]()
    declared: dict[str, Scalar] = {}
    root = _root(source, [], owners, declared, found)
    if root is None and not found:
        found.append(_says_nothing(source))
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return Loaded(root, owners, {shown: source}, found, {shown: digest}, {shown: shown}, declared)


def _root(
    source: Source,
    faults: list[Diagnostic],
    owners: dict[str, str],
    declared: dict[str, Scalar],
    found: list[Diagnostic],
) -> Mapping | None:
    """The map of one file, None when it says nothing or cannot be read; its owner goes to the two maps.

    `faults` are those of its characters: with any, it is no use reading on.
    """
    node = None
    if not faults:
        node, faults = parse(source)
        found += faults
    if isinstance(node, Mapping):
        return _take_owner(node, source.path, owners, declared, found)
    if node is not None:
        hint = "begin it with the name of a section: `services:`, `teams:`, `channels:`"
        found.append(TOP_LEVEL.at(node.span, "a spec file must be a map of sections", hint=hint))
    elif faults and (first := _OWNER_LINE.match(source.text)):
        # Even a file that cannot be read belongs to a team, if its first line says so.
        owners[source.path] = first[1]
    return None


def _says_nothing(source: Source) -> Diagnostic:
    hint = "write what is to be watched, or let `monitorgen init` write a first spec"
    return EMPTY.at(source.span(0, 0), "the spec says nothing", hint=hint)


def _take_owner(
    node: Mapping,
    shown: str,
    owners: dict[str, str],
    declared: dict[str, Scalar],
    found: list[Diagnostic],
) -> Mapping:
    entry = node.entries.get("owner")
    if entry is None:
        return node
    value = entry.value
    if isinstance(value, Scalar) and value.text.strip() and not value.is_null:
        owners[shown], declared[shown] = value.text.strip(), value
    else:
        hint = "write `owner: TEAM` with the name of one team"
        found.append(OWNER.at(entry.key.span, "the owner of a file is the name of one team", hint=hint))
    rest = {name: other for name, other in node.entries.items() if name != "owner"}
    return Mapping(node.source, node.start, node.end, rest)
