"""`monitorgen test` on a tree that is right, and what it says when it cannot prove it."""

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result

from tests.support.command_line import monitorgen
from tests.support.servers import Generation


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all there is on PATH, with no program in it but those that Debian's amtool calls."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "readlink"):
        (folder / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def proved(tree: Path, generation: Generation, *arguments: str) -> Result:
    return monitorgen("test", tree, "--bin", generation.bin, *arguments)


@pytest.mark.usefixtures("one_proof")
def test_a_tree_as_it_was_built(built: Path, generation: Generation) -> None:
    result = proved(built, generation)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    lines = [line.split() for line in result.stdout.splitlines()]
    for words in (
        "ok 2 rule test files promtool test rules",
        "ok 2 rule files promtool check rules",
        "ok prometheus/prometheus.yml promtool check config",
        "ok alertmanager/alertmanager.yml amtool check-config",
        "ok 4 ways through the routes amtool config routes test",
        "ok blackbox/blackbox.yml blackbox_exporter --config.check",
        "ok each probe has its module",
        "high_error_rate critical 1 test",
        "stuck_orders high 2 tests",
        "11 alerts, 11 tested (100 %), 12 tests: all is well",
    ):
        assert words.split() in lines, words
    assert f"promtool {generation.versions['promtool'][:4]}" in result.stdout


@pytest.mark.usefixtures("one_proof")
def test_every_test_is_listed_on_request(built: Path, generation: Generation) -> None:
    assert "fires 1" not in proved(built, generation).stdout
    lines = proved(built, generation, "--verbose").stdout.splitlines()
    file = "prometheus/tests/payments/checkout.test.yml"
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("stuck_orders"))
    one, two = (re.fullmatch(rf"      ok {file}, test (\d): (.*)", line) for line in lines[at + 1 : at + 3])
    assert one
    assert two
    assert (one[2], two[2]) == ("fires 1, quiet 0", "fires 0, quiet 1")
    assert int(two[1]) == int(one[1]) + 1


@pytest.mark.usefixtures("one_proof")
def test_json(built: Path, generation: Generation) -> None:
    said = json.loads(proved(built, generation, "--format", "json").stdout)
    assert said["ok"] is True
    assert said["coverage"] == {"alerts": 11, "tested": 11, "percent": 100.0, "tests": 12}
    assert {check["outcome"] for check in said["checks"]} == {"ok"}
    (stuck,) = (alert for alert in said["alerts"] if alert["alert"] == "stuck_orders")
    file = "prometheus/tests/payments/checkout.test.yml"
    first = stuck["tests"][0]["test"]
    assert stuck == {
        "alert": "stuck_orders",
        "service": "checkout",
        "severity": "high",
        "rule_file": "prometheus/rules/payments/checkout.yml",
        "untested": "",
        "tests": [{"file": file, "test": number, "ok": True} for number in (first, first + 1)],
    }


@pytest.mark.usefixtures("one_proof")
def test_junit(built: Path, generation: Generation) -> None:
    suites = ElementTree.fromstring(proved(built, generation, "--format", "junit").stdout)  # noqa: S314
    counted = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in suites}
    assert counted["rule tests"] == ("12", "0")
    assert counted["checks"][1] == "0"
    assert counted["untested alerts"] == ("0", "0")


@pytest.mark.parametrize("asked", [["--bin"], []])
def test_programs_are_found_where_the_environment_says(
    built: Path, generation: Generation, asked: list[str], monkeypatch: pytest.MonkeyPatch, bare: Path
) -> None:
    if asked:
        # What the command line names comes first.
        monkeypatch.setenv("MONITORGEN_BIN", str(bare))
        result = monitorgen("test", built, "--bin", bare, "--bin", generation.bin)
    else:
        monkeypatch.setenv("MONITORGEN_BIN", f"{bare}:{generation.bin}")
        result = monitorgen("test", built)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""


@pytest.mark.usefixtures("bare")
def test_a_missing_program_is_no_success(built: Path) -> None:
    result = monitorgen("test", built)
    assert result.exit_code == 3
    assert result.stdout == ""
    for words in (
        "promtool, amtool, blackbox_exporter",
        "apt install prometheus-alertmanager",
        "https://github.com/prometheus/blackbox_exporter/releases",
        "scripts/servers",
        "--allow-missing",
    ):
        assert words in result.stderr


@pytest.mark.usefixtures("one_proof")
def test_what_is_not_checked_is_counted(built: Path, bare: Path, generation: Generation) -> None:
    (bare / "amtool").symlink_to(generation.bin / "amtool")
    result = monitorgen("test", built, "--allow-missing")
    assert result.exit_code == 0, result.output
    assert "skipped  2 rule test files" in result.stdout
    assert "there is no promtool here" in result.stdout
    assert "1 test, not run" in result.stdout
    assert "ok       alertmanager/alertmanager.yml" in result.stdout
    assert result.stdout.splitlines()[-1].endswith(": 4 of 9 checks skipped")
    said = json.loads(monitorgen("test", built, "--allow-missing", "--format", "json").stdout)
    assert said["ok"] is False
    assert {test["ok"] for alert in said["alerts"] for test in alert["tests"]} == {None}
    report = monitorgen("test", built, "--allow-missing", "--format", "junit").stdout
    (tests,) = ElementTree.fromstring(report).findall("testsuite[@name='rule tests']")  # noqa: S314
    assert (tests.get("tests"), tests.get("skipped")) == ("12", "12")


def test_servers_that_the_tree_is_not_built_for(built: Path, tmp_path: Path, generation: Generation) -> None:
    copy = tmp_path / "build"
    shutil.copytree(built, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["compatible_with"]["prometheus"] = ["2.50", "2.53"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    result = proved(copy, generation)
    assert "note: this tree is built for prometheus 2.50 to 2.53, not for" in result.stdout
    assert result.stdout.count("note:") == 1


def test_folders_that_are_no_tree(tmp_path: Path, built: Path) -> None:
    for folder, words in (
        (tmp_path / "nothing", "there is no"),
        (tmp_path, "is not a tree that monitorgen built"),
        (built.parent, "holds one tree for every environment: name one of"),
    ):
        result = monitorgen("test", folder)
        assert result.exit_code == 2
        assert words in result.stderr
    (tmp_path / "manifest.json").write_text("{")
    assert "it is not JSON" in monitorgen("test", tmp_path).stderr


@pytest.mark.usefixtures("one_proof")
def test_alerts_without_a_test_say_why(tmp_path: Path, generation: Generation) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        """
organization: acme
channels: {mail: {type: webhook, url: "http://127.0.0.1:9/hook"}}
teams: {payments: {notify: {default: [mail]}}}
services:
  checkout:
    team: payments
    alerts:
      odd:
        condition: {type: promql, expr: up == 0, untested: "nobody knows this metric, and why"}
        severity: high
        description: Odd
      errors:
        condition: {type: threshold, metric: error_rate, operator: above, value: 0.05}
        severity: high
        description: Errors
  ledger:
    team: payments
    alerts:
      odd:
        condition: {type: promql, expr: up == 0, untested: another reason}
        severity: high
        description: Odd
"""
    )
    target = tmp_path / "build"
    assert monitorgen("build", spec, "-o", target).exit_code == 0
    result = proved(target, generation)
    assert result.exit_code == 0, result.output
    assert "untested: nobody knows this metric, and why" in result.stdout
    assert "untested: another reason" in result.stdout
    assert "3 alerts, 1 tested (33.3 %), 1 test: all is well" in result.stdout
    report = proved(target, generation, "--format", "junit").stdout
    cases = ElementTree.fromstring(report).findall("testsuite[@name='untested alerts']/testcase")  # noqa: S314
    assert [case.get("name") for case in cases] == ["odd", "odd"]
    for percent, code in (("33", 0), ("33.5", 1), ("100", 1)):
        result = proved(target, generation, "--require-coverage", percent)
        assert result.exit_code == code
        assert ("33.3 % of the alerts are tested, and" in result.stderr) is bool(code)
    said = json.loads(proved(target, generation, "--require-coverage", "90", "--format", "json").stdout)
    assert (said["ok"], said["problems"]) == (
        False,
        ["33.3 % of the alerts are tested, and 90 % are required"],
    )
    report = proved(target, generation, "--require-coverage", "90", "--format", "junit").stdout
    assert "90 % are required</failure>" in report


@pytest.mark.usefixtures("one_proof")
def test_large_trees_list_only_what_needs_a_look(tmp_path: Path, generation: Generation) -> None:
    alert = (
        "{condition: {type: threshold, metric: m, operator: above, value: 5}, severity: high, description: x}"
    )
    services = "".join(
        f"  s{number}: {{team: ops, alerts: {{one: {alert}, two: {alert}}}}}\n" for number in range(40)
    )
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "organization: acme\nchannels: {mail: {type: webhook, url: 'http://127.0.0.1:9/'}}\n"
        f"teams: {{ops: {{notify: {{default: [mail]}}}}}}\nservices:\n{services}"
        "  odd: {team: ops, alerts: {three: {condition: {type: promql, expr: up == 0, untested: odd}, "
        "severity: low, description: x}}}\n"
    )
    target = tmp_path / "build"
    assert monitorgen("build", spec, "-o", target).exit_code == 0
    lines = proved(target, generation).stdout.splitlines()
    listed = lines.index("odd")
    assert lines[listed + 1 : listed + 3] == [
        "  three  low  untested: odd",
        "80 other alerts tested and well (-v lists them)",
    ]
    assert "s7" not in lines
    assert "s7" in proved(target, generation, "-v").stdout.splitlines()
