"""The alert packs: both promtools agree with their tests, and the tests with the rules."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.alert_packs import PACKS, folder, rules
from tests.support.servers import Generation

ALERTS = [(pack, rule["alert"]) for pack in PACKS for rule in rules(pack)]


@pytest.mark.parametrize("pack", PACKS)
def test_promtool_takes_them(pack: str, generation: Generation) -> None:
    path = folder(pack) / "alerts.yml"
    checked = generation.promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = generation.promtool("test", "rules", "alerts.test.yml", cwd=folder(pack))
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("change", ["never", "always"])
@pytest.mark.parametrize(("pack", "alert"), ALERTS)
def test_each_alert_is_tested_both_ways(
    pack: str, alert: str, change: str, generation: Generation, tmp_path: Path
) -> None:
    (rule,) = (dict(rule) for rule in rules(pack) if rule["alert"] == alert)
    if change == "never":
        rule["expr"] = "vector(0) > 1"
    else:  # it fires for whatever series there are, at once
        rule.pop("for", None)
        rule["expr"] = '{__name__=~"(monitorgen|alertmanager)_.+"} >= 0'
    tests = yaml.safe_load((folder(pack) / "alerts.test.yml").read_text())
    tests["tests"] = [test for test in tests["tests"] if test["name"].startswith(f"{alert}: ")]
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": pack, "rules": [rule]}]}))
    (tmp_path / "alerts.test.yml").write_text(yaml.safe_dump(tests))
    tested = generation.promtool("test", "rules", "alerts.test.yml", cwd=tmp_path)
    assert tested.returncode != 0
    assert alert in tested.stdout + tested.stderr


@pytest.mark.parametrize("pack", PACKS)
def test_each_has_its_part_of_the_runbook(pack: str) -> None:
    page = (folder(pack) / "runbook.md").read_text()
    assert re.findall(r"^## (\w+)$", page, re.M) == [rule["alert"] for rule in rules(pack)]
