"""Programs to compare with, each run as a process of its own: `python -m bench.baselines NAME ARGUMENTS`."""

import json
import os
import sys
from pathlib import Path

import yaml

__all__: list[str] = []


def dump_rules(tree: str, out: str) -> None:
    """PyYAML's C dumper writes the rule files of a tree again, from values read beforehand as JSON."""
    files = json.loads(Path(tree).read_text())
    for name, content in files.items():
        path = Path(out, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as stream:
            yaml.dump(
                content, stream, Dumper=yaml.CSafeDumper, sort_keys=False, width=1_000_000, allow_unicode=True
            )


def rules_as_json(tree: str, out: str) -> None:
    """The rule files of a tree as one JSON file, for `dump_rules`."""
    root = Path(tree)
    files = {
        path.relative_to(root).as_posix(): yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        for path in sorted(root.glob("rules/*/*.yml"))
    }
    Path(out).write_text(json.dumps(files))


def write_files(tree: str, out: str) -> None:
    """The same files with the same bytes, written one after the other: what the disk alone costs."""
    root = Path(tree)
    for folder, _, names in os.walk(root):
        target = Path(out) / Path(folder).relative_to(root)
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            (target / name).write_bytes((Path(folder) / name).read_bytes())


def jsonnet(program: str, out: str) -> None:
    """A jsonnet program, evaluated and its files written."""
    import rjsonnet

    for name, text in json.loads(rjsonnet.evaluate_file(program)).items():
        path = Path(out, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    {
        "dump_rules": dump_rules,
        "rules_as_json": rules_as_json,
        "write_files": write_files,
        "jsonnet": jsonnet,
    }[sys.argv[1]](*sys.argv[2:])
