"""A report as JSON for programs. Keys are added in later versions, never renamed."""

from dataclasses import asdict, fields
from typing import Any

from monitorgen_exporters.audit.verify.findings import Finding
from monitorgen_exporters.audit.verify.report import Report

__all__ = ["as_json"]

_SPECIAL = ("findings", "verdict")


def as_json(report: Report) -> dict[str, Any]:
    """The fields of `Report` by name; `verdict` in words, `exit_code`, and findings, the first first."""
    made: dict[str, Any] = {
        field.name: _plain(getattr(report, field.name))
        for field in fields(report)
        if field.name not in _SPECIAL
    }
    first = report.first
    return {
        "verdict": report.verdict.name.lower(),
        "exit_code": int(report.verdict),
        "first_fault": None if first is None else _finding(first),
        "faults": {str(kind): count for kind, count in sorted(report.findings.counts.items())},
        "findings": [_finding(finding) for finding in report.findings],
        **made,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _finding(finding: Finding) -> dict[str, Any]:
    placed = finding.end > finding.start
    return {
        "kind": str(finding.kind),
        "position": finding.start if placed else None,
        "until": finding.end if placed else None,
        "message": finding.message,
        "evidence": list(finding.evidence),
    }
