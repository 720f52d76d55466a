"""A built tree as the proofs read it: its files by their paths, and what stands in them.

A tree may have been changed by hand since it was built, so nothing is taken for granted of what is read:
what does not have the expected shape counts as empty here, and the servers' own programs say what is wrong.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["BuiltTree", "as_list", "as_map", "load_yaml"]


@dataclass(frozen=True, slots=True)
class BuiltTree:
    """The tree below `root` (absolute). `files` are the paths of its own files that are there, sorted."""

    root: Path
    files: tuple[str, ...]

    def below(self, folder: str, suffix: str) -> tuple[str, ...]:
        """The tree's files in `folder`, at any depth, whose names end with `suffix`."""
        return tuple(file for file in self.files if file.startswith(f"{folder}/") and file.endswith(suffix))

    def path(self, file: str) -> Path:
        """Where `file` is on this machine."""
        return self.root / file

    def shown(self, path: str) -> str:
        """`path` as it is called in the tree, and unchanged when it lies elsewhere."""
        return path.removeprefix(f"{self.root.as_posix()}/")

    def yaml(self, file: str) -> dict[str, Any]:
        """The mapping in a YAML file, every scalar as the text it is written with; {} for anything else."""
        return as_map(load_yaml(self.path(file), yaml.CBaseLoader))

    def json(self, file: str) -> Any:
        """What stands in a JSON file, or None when it cannot be read."""
        try:
            return json.loads(self.path(file).read_bytes())
        except (OSError, ValueError, RecursionError):
            return None


def load_yaml(path: Path, loader: type[yaml.CBaseLoader | yaml.CSafeLoader]) -> Any:
    """What stands in a YAML file, or None when it cannot be read."""
    try:
        return yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506 (neither loader makes objects)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None


def as_map(value: Any) -> dict[str, Any]:
    """`value` if it is a mapping, its keys as text; otherwise an empty one."""
    return {str(key): below for key, below in value.items()} if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []
