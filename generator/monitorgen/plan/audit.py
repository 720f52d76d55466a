"""What `audit:` says, held against the rest of the spec."""

from pathlib import PurePosixPath

from monitorgen.plan.codes import UNKNOWN_SEVERITY
from monitorgen.plan.findings import Findings
from monitorgen.spec.sections import Root
from monitorgen.vocabulary.audit import (
    GUARD_BESIDE_LOG,
    OWN_CATEGORIES,
    OWN_RECORDS,
    UNANCHORED,
    Audit,
    AuditAnchors,
)

__all__ = ["check_audit"]


def check_audit(root: Root, findings: Findings) -> None:
    """Reports what of the audit log's settings does not hold together."""
    audit = root.audit
    if audit is None:
        return
    for category, filter_ in audit.filters.items():
        path = ("audit", "filters", category)
        if category in OWN_CATEGORIES:
            findings.add(
                OWN_RECORDS,
                path,
                f"records of `{category}.*` cannot be filtered",
                hint="remove it: the log always keeps what it says of itself",
                on_key=True,
            )
        findings.enabled(filter_, path)
        if filter_.min_severity is not None:
            findings.reference(
                UNKNOWN_SEVERITY,
                (*path, "min_severity"),
                filter_.min_severity,
                "severities",
                root.severities,
            )
    _check_guard(audit, findings)
    if not _has_anchor(audit.anchors):
        findings.add(
            UNANCHORED,
            ("audit", "anchors"),
            "no anchor is switched on",
            hint="leave `prometheus` on, or add `git`, `s3`, `alertmanager` or a witness",
        )


def _check_guard(audit: Audit, findings: Findings) -> None:
    """A warning when one folder holds both the log and the guard: they would be restored together."""
    path = audit.log.removeprefix("sqlite:///")
    if "://" not in path and PurePosixPath(path).parent == PurePosixPath(audit.guard).parent:
        findings.add(
            GUARD_BESIDE_LOG,
            ("audit", "guard"),
            "the guard is in the folder of the log",
            hint="put it where a restore of the log does not reach",
        )


def _has_anchor(anchors: AuditAnchors) -> bool:
    others = (anchors.git, anchors.s3, anchors.alertmanager, *anchors.witnesses.values())
    return anchors.prometheus.enabled or any(anchor is not None for anchor in others)
