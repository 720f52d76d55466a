"""`monitorgen build` as a program: what it rests on, what contradicts itself, and what it leaves behind."""

import time
from pathlib import Path

import pytest

from monitorgen.cli import freshness
from tests.support.command_line import monitorgen
from tests.support.trees import snapshot

SPEC = """
organization: acme
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
teams: {ops: {notify: {default: [hook]}}}
environments: {staging: {teams: {ops: {group_wait: 5s}}}}
services: {shop: {team: ops, checks: {home: {type: tcp, host: shop, port: 80, alert: {severity: high}}}}}
"""


@pytest.fixture(autouse=True)
def _spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec").mkdir()
    Path("spec/all.yaml").write_text(SPEC)


def test_an_environment_and_all_of_them_contradict_each_other() -> None:
    result = monitorgen("build", "-e", "staging", "--all-environments")
    assert result.exit_code == 2
    assert "contradict" in result.stderr
    assert not Path("build").exists()


def test_the_same_spec_gives_the_same_bytes_wherever_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monitorgen("build")
    elsewhere = Path("deep/down")
    elsewhere.mkdir(parents=True)
    Path("spec").rename(elsewhere / "spec")
    here = snapshot(Path("build"))
    monkeypatch.chdir(elsewhere)
    monitorgen("build")
    assert snapshot(Path("build")) == here


@pytest.mark.parametrize(
    "change",
    [
        lambda: Path("spec/all.yaml").write_text(SPEC + "# a comment\n"),
        lambda: Path("spec/more.yaml").write_text("services: {shop: {description: The shop}}\n"),
        lambda: Path("spec/all.yaml").rename("spec/other.yaml"),
        lambda: Path("build/alertmanager/alertmanager.yml").write_text("edited\n"),
        lambda: Path("build/alertmanager/alertmanager.yml").unlink(),
        lambda: Path("build/manifest.json").unlink(),
    ],
    ids=["comment", "file", "name", "edited", "removed", "manifest"],
)
def test_a_change_is_never_taken_for_up_to_date(change: object) -> None:
    monitorgen("build")
    assert "up to date" in monitorgen("build").stderr
    assert callable(change)
    change()
    assert "up to date" not in monitorgen("build").stderr


@pytest.mark.parametrize("arguments", [["-e", "staging"], ["--as-of", "2030-01-01"]])
def test_other_arguments_are_another_build(arguments: list[str]) -> None:
    monitorgen("build")
    assert "up to date" not in monitorgen("build", *arguments).stderr


def test_strict_looks_again_and_makes_the_same_tree() -> None:
    monitorgen("build")
    assert "nothing changed" in monitorgen("build", "--strict").stderr
    assert monitorgen("build", "--check").exit_code == 0


def test_a_newer_compiler_builds_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monitorgen("build")
    monkeypatch.setattr(freshness, "_newest_code", lambda: time.time_ns() + 10**12)
    assert "nothing changed" in monitorgen("build").stderr


def test_check_writes_nothing() -> None:
    assert monitorgen("build", "--check").exit_code == 1
    assert not Path("build").exists()
    monitorgen("build")
    before = {path: path.stat().st_mtime_ns for path in Path("build").rglob("*")}
    assert monitorgen("build", "--check").exit_code == 0
    assert before == {path: path.stat().st_mtime_ns for path in Path("build").rglob("*")}


def test_programs_get_json_of_what_is_not_as_it_should_be() -> None:
    result = monitorgen("build", "--check", "--format", "json")
    assert result.exit_code == 1
    assert '"code": "MG0709"' in result.stdout
    assert result.stderr == ""


def test_errors_of_one_environment_stop_all() -> None:
    Path("spec/all.yaml").write_text(SPEC.replace("group_wait: 5s", "group_wait: soon"))
    result = monitorgen("build", "--all-environments")
    assert result.exit_code == 1
    assert result.stderr.endswith("nothing was written\n")
    assert not Path("build").exists()
    assert monitorgen("build").exit_code == 0


def test_a_folder_that_cannot_be_written_is_told() -> None:
    Path("build").write_text("a file")
    result = monitorgen("build")
    assert result.exit_code == 1
    assert "error MG07" in result.stderr
    assert Path("build").read_text() == "a file"
