"""The alert rules on the audit log ask for metrics that it shows, and the docs explain them."""

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from monitorgen_exporters.audit.anchors.metrics import LogCollector
from monitorgen_exporters.audit.anchors.planning import Fed
from monitorgen_exporters.audit.anchors.s3 import S3Anchor
from monitorgen_exporters.audit.anchors.status import read_status
from monitorgen_exporters.audit.store import create_store
from monitorgen_exporters.audit.witness.memory import Memory
from monitorgen_exporters.audit.witness.metrics import WitnessMetrics
from tests.support.alert_packs import rules
from tests.support.audit_history import ORIGIN, History
from tests.support.checkout import TOP


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
    asked = set(re.findall(r"monitorgen_audit_\w+", " ".join(rule["expr"] for rule in rules("audit"))))
    assert asked <= there
    assert len(asked) >= 8
    told = (TOP / "docs/audit/anchors.md").read_text()
    assert {name for name in there if f"`{name.removesuffix('_created')}" not in told} == set()
