"""promtool as functions, asked of both generations: what it finds, where, and in which rule or file."""

from pathlib import Path

import pytest

from monitorgen.model.versions import Version
from monitorgen.proofs.promtool import Promtool
from tests.support.servers import Generation

RULES = """\
groups:
  - name: g
    rules:
      - {alert: Up, expr: up < 1, labels: {severity: high}}
      - {alert: Also, expr: up < 2}
"""
TEST = """\
  - name: %(name)s
    interval: 30s
    input_series: [{series: up, values: "%(values)s"}]
    promql_expr_test:
      - {expr: 'group(ALERTS{alertname="%(name)s"})', eval_time: 2m, exp_samples: [{labels: "{}", value: 1}]}
"""


@pytest.fixture
def promtool(generation: Generation) -> Promtool:
    """The promtool of each generation."""
    return Promtool(generation.bin / "promtool")


def written(folder: Path, name: str, *each: tuple[str, str], rules: str = "rules.yml") -> Path:
    """A test file with a test for each alert and values given."""
    path = folder / name
    body = "".join(TEST % {"name": alert, "values": values} for alert, values in each)
    path.write_text(f"rule_files: [{rules}]\nevaluation_interval: 30s\ntests:\n{body}")
    return path


def test_version(promtool: Promtool, generation: Generation) -> None:
    assert promtool.version() == Version.parse(generation.versions["promtool"].partition("+")[0])


def test_no_promtool(tmp_path: Path) -> None:
    missing = Promtool(tmp_path / "promtool")
    assert missing.version() is None
    result = missing.check_rules([tmp_path / "rules.yml"])
    assert not result.ok
    assert result.findings[0].message.startswith(f"cannot run {tmp_path}/promtool: No such file")


def test_a_program_that_fails_without_a_word(tmp_path: Path) -> None:
    silent = tmp_path / "promtool"
    silent.write_text("#!/bin/sh\nexit 7\n")
    silent.chmod(0o755)
    rules = tmp_path / "rules.yml"
    for result in (
        Promtool(silent).check_rules([rules]),
        Promtool(silent).check_config(rules),
        Promtool(silent).test_rules([rules, rules]),
    ):
        assert not result.ok
        assert result.findings


def test_good_rules(promtool: Promtool, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    result = promtool.check_rules([rules])
    assert result.ok
    assert "2 rules found" in result.output
    assert result.findings == ()


def test_findings_in_rules_name_file_line_and_alert(promtool: Promtool, tmp_path: Path) -> None:
    good, bad, worse = (tmp_path / name for name in ("good.yml", "bad.yml", "worse.yml"))
    good.write_text(RULES)
    bad.write_text(
        RULES.replace("up < 1", '"up <"').replace(
            "expr: up < 2", "expr: up < 2, annotations: {a: '{{ $x }}'}"
        )
    )
    worse.write_text(RULES.replace("expr: up < 2", "exprs: up < 2"))
    result = promtool.check_rules([good, bad, worse])
    assert not result.ok
    found = {(Path(f.file).name, f.line, f.subject): f.message for f in result.findings}
    assert found.keys() == {("bad.yml", 4, "Up"), ("bad.yml", 0, "Also"), ("worse.yml", 5, "")}
    assert found["bad.yml", 4, "Up"].startswith("could not parse expression: 1:5: parse error")
    assert found["bad.yml", 0, "Also"].startswith('annotation "a": template')
    assert found["worse.yml", 5, ""].startswith("field exprs not found in type")


def test_lint_is_a_failure(promtool: Promtool, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES + "      - {alert: Also, expr: up < 2}\n")
    (found,) = promtool.check_rules([rules]).findings
    assert found.file == str(rules)
    assert "1 duplicate rule(s) found" in found.message


def test_only_the_files_that_fail_are_named(promtool: Promtool, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    good = written(tmp_path, "1.yml", ("Up", "0x9"), ("Also", "0x9"))
    bad = written(tmp_path, "2.yml", ("Up", "0x9"), ("Also", "5x9"))
    unreadable = written(tmp_path, "3.yml", ("Up", "0x9 oops"))
    lost = written(tmp_path, "4.yml", ("Up", "0x9"), rules="nowhere.yml")
    result = promtool.test_rules([good, bad, unreadable, lost, good])
    assert not result.ok
    messages = {Path(finding.file).name: finding.message for finding in result.findings}
    assert messages.keys() == {"2.yml", "3.yml", "4.yml"}
    assert (
        messages["2.yml"].splitlines()[0].startswith('expr: "group(ALERTS{alertname=\\"Also\\"})", time: 2m')
    )
    assert messages["2.yml"].splitlines()[-1].strip() == "got: nil"
    assert 'unexpected identifier "oops"' in messages["3.yml"]
    assert "no file match pattern" in messages["4.yml"]
    assert promtool.test_rules([good, good]).ok


def test_a_file_that_is_not_there_does_not_hide_the_others(promtool: Promtool, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    bad = written(tmp_path, "bad.yml", ("Up", "1x9"))
    good = written(tmp_path, "good.yml", ("Up", "0x9"))
    found = promtool.test_rules([good, tmp_path / "gone.yml", bad]).findings
    assert [Path(finding.file).name for finding in found] == ["gone.yml", "bad.yml"]


CONFIG = """\
global:
  scrape_interval: 30s
scrape_configs:
  - job_name: one
    static_configs: [{targets: ["127.0.0.1:1"]}]
"""


def test_configurations(promtool: Promtool, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG)
    assert promtool.check_config(config).ok
    config.write_text(CONFIG.replace("job_name", "name") + "    bogus: 1\nalso: 2\n")
    for syntax_only in (True, False):
        result = promtool.check_config(config, syntax_only=syntax_only)
        assert not result.ok
        assert [(finding.line, finding.file) for finding in result.findings] == [
            (4, str(config)),
            (6, str(config)),
            (7, str(config)),
        ]
        assert result.findings[1].message.startswith("field bogus not found")
    config.write_text(CONFIG + "    tls_config: {cert_file: no.pem, key_file: no.pem}\n")
    assert promtool.check_config(config, syntax_only=True).ok
    (found,) = promtool.check_config(config).findings
    assert "no.pem" in found.message


def test_warnings_are_no_failure(promtool: Promtool, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG + "    file_sd_configs: [{files: [no.json]}]\n")
    result = promtool.check_config(config)
    assert result.ok
    assert len(result.warnings) == 1
    assert result.warnings[0].endswith('for file_sd in scrape job "one" does not exist')


def test_lint_of_configurations_is_a_warning(promtool: Promtool, tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.replace("30s", "10m"))
    result = promtool.check_config(config)
    assert result.ok
    knows_it = promtool.version() >= Version(3, 0)  # type: ignore[operator]
    assert [("too long scrape interval" in warning) for warning in result.warnings] == [True] * knows_it
