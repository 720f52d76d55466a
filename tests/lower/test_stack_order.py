"""The same spec gives the same bytes, however it is spread over files and in whatever order."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitorgen.cli.pipeline import compile_spec, read
from monitorgen.cli.rendering import rendered
from tests.support.checkout import TOP
from tests.support.trees import snapshot

NAMED = {"teams", "channels", "services", "profiles"}
PARTS = {"scrape", "checks", "recordings", "alerts"}


def whole(folder: Path) -> dict[str, Any]:
    """The sections of a spec's files, without who owns what."""
    found: dict[str, Any] = {}
    for file in sorted(folder.rglob("*.yaml")):
        for name, section in yaml.load(file.read_text(), Loader=yaml.BaseLoader).items():  # noqa: S506
            if name in NAMED:
                found.setdefault(name, {}).update(section)
            elif name != "owner":
                found[name] = section
    return found


def pieces(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The spec in the smallest pieces that may stand in any file."""
    for name, section in spec.items():
        if name == "services":
            for service, body in section.items():
                for key, value in body.items():
                    if key in PARTS:
                        for item, said in value.items():
                            yield {name: {service: {key: {item: said}}}}
                    else:
                        yield {name: {service: {key: value}}}
        elif name in NAMED:
            for item, said in section.items():
                yield {name: {item: said}}
        else:
            yield {name: section}


def built(*files: Path) -> dict[str, bytes]:
    compiled = compile_spec(read(files))
    assert not compiled.failed(), compiled.diagnostics
    return dict(rendered(compiled))


@pytest.mark.parametrize("seed", range(3))
def test_sections_may_move_between_files(tmp_path: Path, seed: int) -> None:
    spec = TOP / "examples/acme/spec"
    shuffled = list(pieces(whole(spec)))
    assert len(shuffled) > 30
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    for number, piece in enumerate(shuffled):
        (tmp_path / f"{number:03}.yaml").write_text(yaml.safe_dump(piece, default_style="'", sort_keys=False))
    assert built(tmp_path) == built(spec)


def test_the_order_of_sets_has_no_say(tmp_path: Path) -> None:
    """Python orders the strings of a set anew in every process."""
    spec, program = TOP / "examples/enterprise/spec", Path(sys.executable).with_name("monitorgen")
    trees = []
    for seed in "123":
        command: list[str | Path] = [program, "build", spec, "-o", tmp_path / seed]
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, timeout=300
        )
        trees.append(snapshot(tmp_path / seed))
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) > 30
