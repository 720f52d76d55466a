"""From settings to anchors: every kind can be asked for, and has the name that the outbox knows it by."""

from pathlib import Path

import pytest

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors.alertmanager import AlertmanagerAnchor
from monitorgen_exporters.audit.anchors.base import AnchorError
from monitorgen_exporters.audit.anchors.git import GitAnchor
from monitorgen_exporters.audit.anchors.planning import Surroundings
from monitorgen_exporters.audit.anchors.prometheus import PrometheusAnchor
from monitorgen_exporters.audit.anchors.registry import planned_anchors
from monitorgen_exporters.audit.anchors.s3 import S3Anchor
from monitorgen_exporters.audit.anchors.witness import WitnessAnchor
from tests.audit.witness.serving import KEY
from tests.support.audit_history import ORIGIN, History

ALL = {
    "prometheus": {"url": "http://prometheus.example:9090"},
    "git": {"repository": "git@git.example:audit.git", "every": "30m"},
    "s3": {"bucket": "checkpoints", "region": "eu-west-1", "endpoint": "http://s3.example"},
    "alertmanager": {"url": "http://alertmanager.example:9093"},
    "witnesses": {
        name: {"url": f"https://{name}.example", "key": str(KEY.verifier)} for name in ("w2", "w1")
    },
}
AROUND = Surroundings(ORIGIN, History(3).proof, Path("/nonexistent/clone"))


def test_every_kind() -> None:
    planned = planned_anchors(AuditAnchors.model_validate(ALL))
    seconds = {one.name: one.every.total_seconds() for one in planned}
    assert seconds == {
        "prometheus": 0,
        "git": 1800,
        "s3": 3600,
        "alertmanager": 86400,
        "witness:w1": 60,
        "witness:w2": 60,
    }
    opened = {one.name: one.fed(AROUND).anchor for one in planned}
    assert [type(anchor) for anchor in opened.values()] == [
        PrometheusAnchor,
        GitAnchor,
        S3Anchor,
        AlertmanagerAnchor,
        WitnessAnchor,
        WitnessAnchor,
    ]
    assert all(anchor.name == name for name, anchor in opened.items())
    assert opened["git"].place == "git@git.example:audit.git audit-checkpoints"
    assert opened["s3"].place == "s3://checkpoints/ at http://s3.example"
    prometheus = opened["prometheus"]
    assert isinstance(prometheus, PrometheusAnchor)
    assert prometheus.log == "acme/audit/monitoring"


@pytest.mark.parametrize("settings", [{}, {"prometheus": {"enabled": False, "url": "http://p.example"}}])
def test_what_cannot_confirm_is_not_fed(settings: dict[str, object]) -> None:
    assert planned_anchors(AuditAnchors.model_validate(settings)) == ()


def test_a_missing_package_is_said_at_each_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    (planned,) = planned_anchors(AuditAnchors.model_validate({"s3": {"bucket": "checkpoints"}}))
    anchor = planned.fed(AROUND).anchor
    with pytest.raises(AnchorError, match=r"pip install 'monitorgen\[aws\]'"):
        anchor.recorded()
