"""The alert packs: both promtools agree with their tests, and the tests with the rules."""

import re
from pathlib import Path

import pytest
import yaml

from monitorgen.proofs.promtool import Promtool
from tests.support.alert_packs import PACKS, folder, rules
from tests.support.servers import Generation


@pytest.mark.parametrize("pack", PACKS)
def test_promtool_takes_them(pack: str, generation: Generation) -> None:
    path = folder(pack) / "alerts.yml"
    checked = generation.promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = generation.promtool("test", "rules", "alerts.test.yml", cwd=folder(pack))
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("change", ["never", "always"])
@pytest.mark.parametrize("pack", PACKS)
def test_each_alert_is_tested_both_ways(
    pack: str, change: str, generation: Generation, tmp_path: Path
) -> None:
    every = yaml.safe_load((folder(pack) / "alerts.test.yml").read_text())
    files = {}
    for number, original in enumerate(rules(pack)):
        rule, alert = dict(original), original["alert"]
        if change == "never":
            rule["expr"] = "vector(0) > 1"
        else:  # it fires for whatever series there are, at once
            rule.pop("for", None)
            rule["expr"] = '{__name__=~"(monitorgen|alertmanager)_.+"} >= 0'
        own = [test for test in every["tests"] if test["name"].startswith(f"{alert}: ")]
        # No path names the alert: only what promtool says of it does.
        home = tmp_path / str(number)
        home.mkdir()
        (home / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": pack, "rules": [rule]}]}))
        files[alert] = home / "alerts.test.yml"
        files[alert].write_text(yaml.safe_dump({**every, "tests": own}))
    assert len(files) == len(rules(pack))
    result = Promtool(generation.bin / "promtool").test_rules(list(files.values()))
    said = {finding.file: finding.message for finding in result.findings}
    assert [alert for alert, file in files.items() if alert not in said.get(str(file), "")] == []


@pytest.mark.parametrize("pack", PACKS)
def test_each_has_its_part_of_the_runbook(pack: str) -> None:
    page = (folder(pack) / "runbook.md").read_text()
    assert re.findall(r"^## (\w+)$", page, re.M) == [rule["alert"] for rule in rules(pack)]
