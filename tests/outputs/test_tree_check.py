"""Looking at a built tree without writing: is it what this build would make, is it whole."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from monitorgen.outputs.manifest import MANIFEST, Manifest
from monitorgen.outputs.tree import Written, check_tree, is_current, write_tree
from tests.support.trees import snapshot

_MANIFEST = Manifest("0.1.0", "key", {"prometheus": ("2.42", "3.5")}, ("--strict",), {"spec.yaml": "0" * 64})
_FILES = {"prometheus.yml": b"global", "rules/checkout.yml": b"checkout", "rules/deep/ledger.yml": b"ledger"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A built tree with a foreign file in it."""
    assert isinstance(write_tree(tmp_path / "build", _FILES.items(), _MANIFEST), Written)
    (tmp_path / "build/theirs").write_bytes(b"theirs")
    return tmp_path / "build"


def _differences(tree: Path, files: dict[str, bytes], manifest: Manifest = _MANIFEST) -> list[str]:
    """What the check says, without the folder, after seeing that it wrote nothing."""
    before = snapshot(tree, hidden=True)
    found = check_tree(tree, files.items(), manifest)
    assert snapshot(tree, hidden=True) == before
    return [f"{d.code} {d.message.replace(f'{tree}/', '')}" for d in found]


def test_a_tree_that_is_what_the_build_makes(tree: Path) -> None:
    assert _differences(tree, _FILES) == []


def test_every_difference_is_said(tree: Path) -> None:
    (tree / "prometheus.yml").write_bytes(b"edited")
    (tree / "rules/deep/ledger.yml").write_bytes(b"edited")
    assert _differences(tree, {"prometheus.yml": b"global", "new.yml": b""}) == [
        "MG0709 new.yml is missing",
        "MG0709 prometheus.yml is not what the spec says",
        "MG0709 rules/checkout.yml is no longer made",
        "MG0709 rules/deep/ledger.yml is no longer made",
    ]


def test_a_manifest_that_differs_alone_is_said(tree: Path) -> None:
    other = replace(_MANIFEST, tool_version="0.2.0", key="other")
    [said] = _differences(tree, _FILES, other)
    assert said == "MG0709 the files are right, but manifest.json says otherwise of: tool version, key"
    (tree / MANIFEST).unlink()
    assert _differences(tree, _FILES) == ["MG0709 manifest.json is missing"]
    (tree / MANIFEST).write_bytes(b"{}")
    [said] = _differences(tree, _FILES)
    assert said.startswith("MG0707 manifest.json cannot be used")


def test_a_tree_that_is_not_there(tmp_path: Path) -> None:
    [found] = check_tree(tmp_path / "build", _FILES.items(), _MANIFEST)
    assert found.code == "MG0709"
    assert found.message == f"{tmp_path}/build is not there"
    assert not (tmp_path / "build").exists()


def test_a_build_that_could_not_be_written_cannot_be_checked(tree: Path) -> None:
    assert _differences(tree, {})[0].startswith("MG0704")
    assert _differences(tree, {**_FILES, "../a": b""})[0].startswith("MG0703")
    assert _differences(tree, {**_FILES, "theirs": b"ours"})[0].startswith("MG0702")


def test_a_whole_tree_of_the_key_is_current(tree: Path) -> None:
    assert is_current(tree, "key")
    assert not is_current(tree, "other key")


@pytest.mark.parametrize("path", list(_FILES))
def test_a_tree_with_one_file_changed_is_not(path: str, tree: Path) -> None:
    content = (tree / path).read_bytes()
    for mischief in (
        lambda: (tree / path).write_bytes(content[:-1] + b"?"),
        lambda: (tree / path).write_bytes(content + b"\n"),
        lambda: (tree / path).unlink(),
        lambda: (tree / path).mkdir(),
    ):
        mischief()
        assert not is_current(tree, "key")
    (tree / path).rmdir()
    (tree / path).symlink_to(tree / "theirs")
    assert not is_current(tree, "key")
    (tree / path).unlink()
    (tree / path).write_bytes(content)
    assert is_current(tree, "key")


@pytest.mark.parametrize("name", [".monitorgen-lock", ".monitorgen-0123456789ab"])
def test_a_tree_that_a_build_writes_to_or_died_in_is_not(name: str, tree: Path) -> None:
    (tree / name).mkdir()
    assert not is_current(tree, "key")


def test_no_manifest_or_junk_is_not_current_and_raises_nothing(tree: Path, tmp_path: Path) -> None:
    assert not is_current(tmp_path / "nowhere", "key")
    assert not is_current(tree / "theirs", "key")
    for junk in (b"", b"[" * 50_000, b"\xff", b'{"format": 1, "key": "key"}'):
        (tree / MANIFEST).write_bytes(junk)
        assert not is_current(tree, "key")
    (tree / MANIFEST).unlink()
    os.mkfifo(tree / MANIFEST)
    assert not is_current(tree, "key")


def test_the_quick_path_imports_nothing_heavy() -> None:
    """It runs before anything else: what it imports is paid on every unchanged rebuild."""
    shown = subprocess.run(
        [sys.executable, "-c", "import sys, monitorgen.outputs.tree; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {
        "pydantic",
        "yaml",
        "jinja2",
        "orjson",
        "click",
        "promql_parser",
        "grafana_foundation_sdk",
        "asyncio",
    }
    assert heavy.isdisjoint(name.partition(".")[0] for name in shown.stdout.split())
