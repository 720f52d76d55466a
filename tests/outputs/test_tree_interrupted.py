"""A build that is killed, or that the disk fails, at every single step it takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from monitorgen.outputs.manifest import MANIFEST
from monitorgen.outputs.tree import Written, check_tree, is_current, write_tree
from tests.support.interrupted_builds import FOREIGN, NEW, OLD, OTHER, as_manifest
from tests.support.trees import snapshot

_BUILDS = {"old": OLD, "new": NEW, "other": OTHER}


def _old_tree(tree: Path) -> None:
    assert isinstance(write_tree(tree, OLD.items(), as_manifest("old")), Written)
    for path, content in FOREIGN.items():
        (tree / path).write_bytes(content)


def _interrupted(how: str, base: Path) -> list[tuple[Path, str]]:
    """Every tree that a stopped build left, with what the build returned."""
    _old_tree(base / "old")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.interrupted_builds", how, base],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    results = ran.stdout.split()
    assert len(results) > 30
    assert results.pop() == "written"
    return [(base / str(number), result) for number, result in enumerate(results, 1)]


def _whole(base: Path, key: str) -> dict[str, bytes | str | None]:
    """What a build of `key` leaves that nobody disturbs, beside the foreign files."""
    tree = base / f"whole-{key}"
    _old_tree(tree)
    write_tree(tree, _BUILDS[key].items(), as_manifest(key))
    return snapshot(tree)


@pytest.mark.parametrize("next_build", ["new", "old", "other"])
@pytest.mark.parametrize("how", ["kill", "broken", "stuck"])
def test_the_next_build_mends_the_tree(how: str, next_build: str, tmp_path: Path) -> None:
    whole = _whole(tmp_path, next_build)
    for tree, _ in _interrupted(how, tmp_path):
        files = _BUILDS[next_build]

        written = write_tree(tree, files.items(), as_manifest(next_build))

        assert isinstance(written, Written), (tree.name, written)
        assert snapshot(tree, hidden=True) == whole, tree.name
        assert written.warnings == ()
        assert is_current(tree, next_build)
        assert check_tree(tree, files.items(), as_manifest(next_build)) == []


def test_a_kill_leaves_whole_files_and_a_tree_that_does_not_pass_for_a_whole_one(tmp_path: Path) -> None:
    wholes = {key: _whole(tmp_path, key) for key in ("old", "new")}
    outcomes = set()
    for tree, result in _interrupted("kill", tmp_path):
        assert result == "killed"
        found = snapshot(tree)
        for path, content in found.items():
            assert content in (wholes["old"].get(path), wholes["new"].get(path)), (tree.name, path)
        for path, theirs in FOREIGN.items():
            assert found[path] == theirs
        for key, whole in wholes.items():
            if found != whole:
                assert not is_current(tree, key)
        if found[MANIFEST] == wholes["new"][MANIFEST]:
            assert found == wholes["new"], "the manifest comes last"
        outcomes.add("old" if found == wholes["old"] else "new" if found == wholes["new"] else "between")
    assert outcomes == {"old", "between", "new"}


def test_a_step_that_fails_leaves_the_old_tree_or_the_new_one(tmp_path: Path) -> None:
    wholes = {"diagnostics": _whole(tmp_path, "old"), "written": _whole(tmp_path, "new")}
    results = set()
    for tree, result in _interrupted("fail", tmp_path):
        assert snapshot(tree) == wholes[result], tree.name
        results.add(result)
    assert results == {"diagnostics", "written"}
