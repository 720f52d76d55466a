"""The alert rules on the receiver: both promtools agree with their tests, and the tests with the rules."""

import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from monitorgen.resources import data_dir
from tests.support.running import running_receiver
from tests.support.servers import Generation

FOLDER = Path(str(data_dir("rules"))) / "receiver"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]


def test_promtool_takes_them(generation: Generation) -> None:
    checked = generation.promtool("check", "rules", "--lint=all", "--lint-fatal", FOLDER / "alerts.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = generation.promtool("test", "rules", "alerts.test.yml", cwd=FOLDER)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("change", ["never", "always"])
@pytest.mark.parametrize("alert", [rule["alert"] for rule in RULES])
def test_each_alert_is_tested_both_ways(
    alert: str, change: str, generation: Generation, tmp_path: Path
) -> None:
    (rule,) = (dict(rule) for rule in RULES if rule["alert"] == alert)
    if change == "never":
        rule["expr"] = "vector(0) > 1"
    else:  # it fires for whatever series there are, at once
        rule.pop("for", None)
        rule["expr"] = '{__name__=~"(monitorgen_receiver|alertmanager)_.+"} >= 0'
    tests = yaml.safe_load((FOLDER / "alerts.test.yml").read_text())
    tests["tests"] = [test for test in tests["tests"] if test["name"].startswith(f"{alert}: ")]
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "receiver", "rules": [rule]}]}))
    (tmp_path / "alerts.test.yml").write_text(yaml.safe_dump(tests))
    tested = generation.promtool("test", "rules", "alerts.test.yml", cwd=tmp_path)
    assert tested.returncode != 0
    assert alert in tested.stdout + tested.stderr


def test_they_ask_for_metrics_that_there_are(tmp_path: Path) -> None:
    alertmanager = {"alertmanager": {"urls": ["http://127.0.0.1:1"], "every": "1s"}}
    token = {"token": {"file": str(tmp_path / "eu1.token")}}
    with running_receiver(tmp_path, sources={"eu1": {**token, **alertmanager}}) as receiver:
        shown = requests.get(f"{receiver.url}/metrics", timeout=60).text
    there = set(re.findall(r"^# TYPE (\S+) ", shown, re.M)) | set(re.findall(r"^(\w+_total)\b", shown, re.M))
    asked = set(re.findall(r"monitorgen_receiver_\w+", " ".join(rule["expr"] for rule in RULES)))
    assert {name for name in asked if name.removesuffix("_total") not in there and name not in there} == set()
    assert len(asked) >= 10


def test_each_has_its_part_of_the_runbook() -> None:
    page = (FOLDER / "runbook.md").read_text()
    assert re.findall(r"^## (\w+)$", page, re.M) == [rule["alert"] for rule in RULES]
