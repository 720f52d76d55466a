"""What `manifest.json` says of a built tree: which files are ours, and what they were made from.

Read before anything else of a build, so nothing heavy may be imported here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitorgen.model.diagnostic import Diagnostic
from monitorgen.outputs.manifest_warnings import from_json, to_json

__all__ = ["FORMAT", "MANIFEST", "Manifest", "parse", "path_problem"]

MANIFEST = "manifest.json"
"""The manifest's own place in the tree."""

FORMAT = 1
"""The version of the manifest's own shape; a reader refuses one it does not know."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A build and the files it made.

    `files` maps each path below the build folder (`/` between parts) to the SHA-256 of its content in hex,
    and `spec_files` the same for what was read, by the path shown to people. `compatible_with` has the
    oldest and newest version of each server. `warnings` are those of the spec, at places in files named as
    in `spec_files`. No clock and no absolute path: the same spec gives the same
    manifest anywhere.
    """

    tool_version: str
    key: str
    compatible_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    spec_files: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()

    def to_text(self) -> str:
        """The text of `manifest.json`: ASCII, one file a line, sorted."""
        content = {
            "format": FORMAT,
            "monitorgen": self.tool_version,
            "key": self.key,
            "compatible_with": {
                server: list(self.compatible_with[server]) for server in sorted(self.compatible_with)
            },
            "arguments": list(self.arguments),
            "spec": dict(sorted(self.spec_files.items())),
            **({"warnings": [to_json(one) for one in self.warnings]} if self.warnings else {}),
            "files": dict(sorted(self.files.items())),
        }
        return json.dumps(content, indent=2) + "\n"


def parse(text: str | bytes) -> Manifest | str:
    """The manifest in `text`, or, for anything else, what is wrong with it. Raises nothing.

    Every path in `files` is one `path_problem` has nothing against: whoever removes files on the word of a
    manifest removes none outside its tree.
    """
    try:
        content = json.loads(text)
    except RecursionError:
        return "it is nested too deeply"
    except ValueError:
        return "it is not JSON"
    if not isinstance(content, dict) or "format" not in content:
        return "it is not a manifest of monitorgen"
    if content["format"] != FORMAT or isinstance(content["format"], bool):
        return f"its format is not {FORMAT}, the one this version of monitorgen knows"
    content.setdefault("warnings", [])  # not there when there are none
    wrong = [name for name, fits in _FIELDS.items() if not fits(content.get(name))]
    if wrong:
        return f"its {wrong[0]!r} is missing or not as monitorgen writes it"
    for path in content["files"]:
        if problem := path_problem(path):
            return f"its 'files' has {path!r}, which {problem}"
    warnings = tuple(map(from_json, content["warnings"]))
    return Manifest(
        tool_version=content["monitorgen"],
        key=content["key"],
        compatible_with={server: tuple(versions) for server, versions in content["compatible_with"].items()},
        arguments=tuple(content["arguments"]),
        spec_files=content["spec"],
        files=content["files"],
        warnings=tuple(one for one in warnings if one is not None),
    )


def path_problem(path: str) -> str:
    """Why `path` cannot be a file of a build ("leads out of the build folder", say), or ''."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        return "leads out of the build folder"
    if "" in parts or "." in parts:
        return "has an empty part"
    if "\\" in path or _CONTROL.search(path):
        return "has a backslash or a control character in it"
    try:
        longest = max(len(part.encode()) for part in parts)
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if longest > 255 or len(path) > 1000:
        return "is too long for a file system"
    if parts[0] == MANIFEST or parts[0].startswith(".monitorgen-"):
        return "is a name monitorgen keeps for itself"
    return ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_hashes(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(v) and _SHA256.fullmatch(v) for v in value.values())


def _are_versions(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_are_texts, value.values()))


def _are_warnings(value: Any) -> bool:
    return isinstance(value, list) and all(from_json(one) is not None for one in value)


_FIELDS = {
    "monitorgen": _is_text,
    "key": _is_text,
    "compatible_with": _are_versions,
    "arguments": _are_texts,
    "spec": _are_hashes,
    "files": _are_hashes,
    "warnings": _are_warnings,
}
