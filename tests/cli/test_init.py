"""`monitorgen init`: what it writes builds without a word, and nothing is ever overwritten."""

import json
import re
import resource
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from monitorgen.cli.init import command
from tests.support.command_line import monitorgen
from tests.support.servers import Generation
from tests.support.trees import snapshot

ODD_NAMES = [
    ("acme", "web", "platform"),
    ('Ac: "me" & Söhne # Co', "off", "null"),
    ("12", "y", "on"),
    ("{{ x }}", "_9-1", "true"),
]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("organization", "service", "team"), ODD_NAMES)
def test_the_scaffold_builds_without_diagnostics(organization: str, service: str, team: str) -> None:
    said = monitorgen("init", "--organization", organization, "--service", service, "--team", team)
    assert said.exit_code == 0, said.stderr
    for verb in ("check", "build", "build --check"):
        result = monitorgen(*verb.split(), "--strict")
        assert result.exit_code == 0, result.stderr
        assert "warning" not in result.stderr
    rules = yaml.safe_load(next(Path("build/prometheus/rules").rglob("*.yml")).read_text())
    alerts = {rule["alert"]: rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    assert alerts.keys() == {"target_down", "requests_failing", "home_check_failed"}
    assert {(one["labels"]["service"], one["labels"]["team"]) for one in alerts.values()} == {(service, team)}


def test_it_asks_nothing_and_says_what_to_do_next() -> None:
    result = monitorgen("init", "new/place")
    assert result.exit_code == 0
    assert result.output.splitlines()[-5:] == [
        "Next:",
        "  cd new/place",
        "  monitorgen check    is the spec right?",
        "  monitorgen build    write build/: Prometheus, Alertmanager, Grafana ...",
        "  monitorgen test     prove it with promtool and amtool",
    ]
    wrote = re.findall(r"^wrote new/place/(.*)$", result.output, re.MULTILINE)
    files = {path for path, content in snapshot(Path("new/place")).items() if content is not None}
    assert set(wrote) == files
    assert "cd " not in monitorgen("init").output


def test_what_cannot_be_written_whole_is_not_begun() -> None:
    Path("new").mkdir()
    Path("new/mine.txt").write_text("mine")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # the schema is larger
    try:
        result = monitorgen("init", "new/place")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert result.exit_code == 1
    assert "cannot write new/place/spec/monitorgen.schema.json" in result.stderr
    assert "nothing was written" in result.stderr
    assert "wrote" not in result.stdout
    assert [str(path) for path in Path("new").rglob("*")] == ["new/mine.txt"]
    assert monitorgen("init", "new/place").exit_code == 0


@pytest.mark.parametrize(
    "taken", ["spec/teams.yaml", ".github/workflows/monitoring.yml", "spec/services/web.yaml"]
)
def test_what_is_there_is_never_overwritten(taken: str) -> None:
    Path(taken).parent.mkdir(parents=True)
    Path(taken).write_text("mine")
    before = snapshot(Path())
    result = monitorgen("init")
    assert result.exit_code == 1
    assert result.stderr == f"Error: nothing was written, since these exist already:\n  {taken}\n"
    assert snapshot(Path()) == before


def test_a_broken_link_counts_as_there() -> None:
    Path("spec").mkdir()
    Path("spec/teams.yaml").symlink_to("/nowhere/else")
    assert "  spec/teams.yaml" in monitorgen("init").stderr


def test_a_file_in_the_place_of_a_folder_is_told() -> None:
    Path("spec").write_text("mine")
    result = monitorgen("init")
    assert result.exit_code == 1
    assert "cannot write spec/README.md" in result.stderr


@pytest.mark.parametrize("option", ["--service", "--team"])
@pytest.mark.parametrize("name", ["", "a b", "-x", "../up", "a/b", "a\nb", 'q"q', "x" * 80])
def test_names_that_cannot_be_used_are_refused(option: str, name: str) -> None:
    result = monitorgen("init", f"{option}={name}")
    assert result.exit_code == 2
    assert "letters, digits" in result.stderr
    assert not list(Path().iterdir())


def test_the_workflow_runs_what_a_person_runs() -> None:
    monitorgen("init", "with")
    monitorgen("init", "without", "--no-ci")
    assert not Path("without/.github").exists()
    workflow = yaml.safe_load(Path("with/.github/workflows/monitoring.yml").read_text())
    runs = "\n".join(step.get("run", "") for step in workflow["jobs"]["monitoring"]["steps"])
    for call in ("monitorgen check", "monitorgen build --check", "monitorgen test"):
        assert call in runs
    readme = Path("with/spec/README.md").read_text()
    for verb in ("check", "build", "test"):
        assert f"monitorgen {verb} " in readme


def test_editors_find_the_schema_from_every_file() -> None:
    monitorgen("init")
    for file in Path("spec").rglob("*.yaml"):
        (line,) = re.findall(r"\A# yaml-language-server: \$schema=(\S+)$", file.read_text(), re.MULTILINE)
        schema = json.loads((file.parent / line).read_text())
        Draft202012Validator(schema).validate(yaml.safe_load(file.read_text()))


def test_every_option_can_be_left_out() -> None:
    assert not [parameter.name for parameter in command.params if parameter.required]


def test_the_servers_take_what_the_scaffold_builds(generation: Generation) -> None:
    monitorgen("init")
    monitorgen("build")
    for said in (
        generation.promtool("check", "rules", "--lint-fatal", *Path("build/prometheus/rules").rglob("*.yml")),
        generation.amtool("check-config", "build/alertmanager/alertmanager.yml"),
        generation.blackbox_exporter("--config.check", "--config.file=build/blackbox/blackbox.yml"),
    ):
        assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("url", ["ftp://x", "shop.example", "https://me:word@shop.example/"])
def test_an_address_that_would_not_check_is_refused(url: str) -> None:
    result = monitorgen("init", "--url", url)
    assert result.exit_code == 2
    assert "Invalid value for '--url'" in result.stderr
    assert not list(Path().iterdir())
