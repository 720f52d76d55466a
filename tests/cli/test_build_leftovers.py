"""Building anew: what earlier builds left, what they warned of, and where nobody meant to build."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import monitorgen
from tests.support.trees import snapshot

SPEC = """\
organization: acme
channels:
  hook: {type: webhook, url: "http://127.0.0.1:9/"}
  spare: {type: webhook, url: "http://127.0.0.1:8/"}
teams: {ops: {notify: {default: [hook]}}}
environments:
  staging: {teams: {ops: {group_wait: 5s}}}
  test: {teams: {ops: {group_wait: 9s}}}
services: {shop: {team: ops, checks: {home: {type: tcp, host: shop, port: 80, alert: {severity: high}}}}}
"""
RENAMED = SPEC.replace("  test:", "  trial:")


@pytest.fixture(autouse=True)
def _spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec").mkdir()
    Path("spec/all.yaml").write_text(SPEC)


def folders() -> list[str]:
    return sorted(path.name for path in Path("build").iterdir())


def test_the_tree_of_an_environment_that_is_no_more_goes() -> None:
    monitorgen("build", "--all-environments")
    assert folders() == ["default", "staging", "test"]
    staging = snapshot(Path("build/staging"))
    Path("spec/all.yaml").write_text(RENAMED)
    checked = monitorgen("build", "--all-environments", "--check")
    assert checked.exit_code == 1
    assert "build/test is of an environment that the spec does not have" in checked.stderr
    assert folders() == ["default", "staging", "test"]
    result = monitorgen("build", "--all-environments")
    assert result.exit_code == 0
    assert "build/test: removed" in result.stderr
    assert folders() == ["default", "staging", "trial"]
    assert snapshot(Path("build/staging")).keys() == staging.keys()
    assert monitorgen("build", "--all-environments", "--check").exit_code == 0


def test_an_environment_of_its_own_name_takes_the_place_of_default() -> None:
    monitorgen("build", "--all-environments")
    Path("spec/all.yaml").write_text("environment: prod\n" + SPEC)
    monitorgen("build", "--all-environments")
    assert folders() == ["prod", "staging", "test"]


def test_what_others_keep_in_the_folder_stays() -> None:
    monitorgen("build", "--all-environments")
    Path("build/test/mine.txt").write_text("mine")
    Path("build/test/alertmanager/alertmanager.yml").write_text("edited")
    Path("spec/all.yaml").write_text(RENAMED)
    result = monitorgen("build", "--all-environments")
    assert result.exit_code == 0
    assert "MG0708" in result.stderr
    left = sorted(
        str(path.relative_to("build/test")) for path in Path("build/test").rglob("*") if path.is_file()
    )
    assert left == ["alertmanager/alertmanager.yml", "mine.txt"]


def test_folders_that_no_build_of_all_environments_made_are_not_touched(tmp_path: Path) -> None:
    monitorgen("build", "-o", "build/mine")  # a build, but not of an environment `mine`
    (tmp_path / "other").mkdir()
    (tmp_path / "other/else.yaml").write_text(RENAMED)
    monitorgen("build", "other", "-o", "build", "--all-environments")  # another spec's
    Path("build/notes").mkdir()
    Path("build/notes/manifest.json").write_text("{}")
    Path("build/link").symlink_to(tmp_path / "spec")
    before = snapshot(Path("build/trial"))
    result = monitorgen("build", "--all-environments")
    assert result.exit_code == 0
    assert "removed" not in result.stderr.replace("1 removed", "")
    assert folders() == ["default", "link", "mine", "notes", "staging", "test", "trial"]
    assert snapshot(Path("build/trial")) == before


def test_a_build_of_one_environment_takes_nothing_away() -> None:
    monitorgen("build", "--all-environments")
    Path("spec/all.yaml").write_text(RENAMED)
    monitorgen("build", "-e", "trial", "-o", "build/trial")
    assert folders() == ["default", "staging", "test", "trial"]


def test_warnings_are_shown_again_when_there_is_nothing_to_build() -> None:
    first = monitorgen("build")
    assert "MG0323" in first.stderr
    again = monitorgen("build")
    assert again.exit_code == 0
    assert "up to date" in again.stderr
    warning, _, _ = first.stderr.partition("build: ")
    assert warning in again.stderr


def test_warnings_are_kept_without_the_place_of_the_spec() -> None:
    monitorgen("build")
    Path("deep").mkdir()
    Path("spec").rename("deep/spec")
    assert "deep/spec/all.yaml:4:3: warning MG0323" in monitorgen("build", "deep/spec").stderr
    assert "up to date" in monitorgen("build", "deep/spec").stderr
    assert "deep" not in Path("build/manifest.json").read_text()


def test_other_formats_give_the_same_when_there_is_nothing_to_build() -> None:
    first = monitorgen("build", "--format", "json")
    assert "MG0323" in first.stdout
    assert monitorgen("build", "--format", "json").stdout == first.stdout


def test_showing_warnings_again_imports_nothing_heavy() -> None:
    monitorgen("build")
    program = (
        "import sys\nfrom monitorgen.cli import cli\n"
        "cli(['build'], standalone_mode=False)\n"
        "heavy = {'pydantic', 'yaml', 'promql_parser', 'jinja2'} & sys.modules.keys()\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "MG0323" in done.stderr
    assert "up to date" in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("output", ["", " "])
def test_no_folder_is_a_mistake_and_not_the_current_one(output: str) -> None:
    result = monitorgen("build", "-o", output)
    assert result.exit_code == 2
    assert "say `.`" in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["spec"]


@pytest.mark.parametrize(
    "warnings",
    [
        "{}",
        '[{"code": 1}]',
        '[{"code": "MG0323", "severity": "error", "message": "a"}]',
        '[{"code": "MG0323", "severity": "warning", "message": "a", "at": ["f", 0, 1, 1, 1]}]',
        '[{"code": "MG0323", "severity": "warning", "message": "a", "related": [{"message": "b"}]}]',
    ],
)
def test_warnings_that_are_not_as_we_write_them_are_no_manifest(warnings: str) -> None:
    monitorgen("build")
    manifest = Path("build/manifest.json")
    start, _, rest = manifest.read_text().partition('  "warnings": ')
    files = rest.partition('"files": ')[2]
    manifest.write_text(f'{start}  "warnings": {warnings},\n  "files": {files}')
    result = monitorgen("build")
    assert result.exit_code == 1
    assert "MG0707" in result.stderr
