"""The alert rules on the audit log: both promtools agree with their tests, and the tests with the rules."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from monitorgen.resources import data_dir
from monitorgen_exporters.audit.anchors.metrics import LogCollector
from monitorgen_exporters.audit.anchors.planning import Fed
from monitorgen_exporters.audit.anchors.s3 import S3Anchor
from monitorgen_exporters.audit.anchors.status import read_status
from monitorgen_exporters.audit.store import create_store
from monitorgen_exporters.audit.witness.memory import Memory
from monitorgen_exporters.audit.witness.metrics import WitnessMetrics
from tests.support.audit_history import ORIGIN, History
from tests.support.checkout import TOP
from tests.support.servers import Generation

FOLDER = Path(str(data_dir("rules"))) / "audit"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
TESTS = (FOLDER / "alerts.test.yml").read_text()


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
    shutil.copy(FOLDER / "alerts.test.yml", tmp_path)
    rules = [dict(rule) for rule in RULES]
    (changed,) = (rule for rule in rules if rule["alert"] == alert)
    if change == "never":
        changed["expr"] = "vector(0) > 1"
    else:  # it fires for whatever series there are, at once
        changed.pop("for", None)
        changed["expr"] = '{__name__=~"monitorgen_audit_.+"} >= 0'
        changed["labels"] = {**changed["labels"], "alertname": alert}
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "audit-log", "rules": rules}]}))
    tested = generation.promtool("test", "rules", "alerts.test.yml", cwd=tmp_path)
    assert tested.returncode != 0
    assert alert in tested.stdout + tested.stderr


def test_they_ask_for_metrics_that_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(3)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fed = Fed(S3Anchor("s3", "bucket"))
    with create_store(str(tmp_path / "log.db"), ORIGIN) as store:
        store.insert(
            "audit_checkpoint", [(ORIGIN, 3, history.checkpoint().root, history.note(), "2026-01-01")]
        )
        registry = CollectorRegistry()
        registry.register(LogCollector(lambda: read_status(store, [fed])))
        shown = generate_latest(registry).decode()
    memory = Memory.create(tmp_path / "witness.db")
    shown += generate_latest(WitnessMetrics(memory).registry).decode()
    memory.close()
    there = set(re.findall(r"^# TYPE (\S+) ", shown, re.M))
    asked = set(re.findall(r"monitorgen_audit_\w+", " ".join(rule["expr"] for rule in RULES)))
    assert asked <= there
    assert len(asked) >= 8
    told = (TOP / "docs/audit/anchors.md").read_text()
    assert {name for name in there if f"`{name.removesuffix('_created')}" not in told} == set()


def test_each_has_its_part_of_the_runbook() -> None:
    page = (FOLDER / "runbook.md").read_text()
    for rule in RULES:
        assert f"\n## {rule['alert']}\n" in page
