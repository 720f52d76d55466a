"""A report as Markdown, which reads as plain text, and as JSON."""

from collections.abc import Iterator
from typing import Any

from monitorgen_exporters.audit.reports.evidence import Evidence, Report

__all__ = ["as_json", "markdown"]


def markdown(report: Report) -> Iterator[str]:
    """The lines of the report."""
    framework = report.framework
    yield f"# Evidence from the audit log: {framework.name}"
    yield ""
    yield f"- Organization: {report.organization}"
    yield f"- Log: {report.origin}, {report.size} records, the first {report.pruned} pruned"
    yield f"- Period: {report.since[:19]}Z to {report.until[:19]}Z"
    yield f"- Source: {framework.source}"
    yield f"- Retention asked for: {framework.retention}"
    yield ""
    yield "## Can the log be believed?"
    yield ""
    yield from _verification(report)
    yield ""
    for fact in report.facts:
        yield f"- {fact}"
    yield ""
    for evidence in report.evidence:
        yield from _control(evidence)
    yield "## Not covered at all"
    yield ""
    yield framework.beyond


def _verification(report: Report) -> Iterator[str]:
    said = report.verification
    if said is None:
        yield (
            "Not verified: this report counts what the log says. Run `monitorgen audit verify --format "
            "json` and "
            "give its output with --verification."
        )
        return
    yield f"Verified at {said['size']} records: {said['verdict']}. {said['not_proven']}"
    if report.size > said["size"]:
        yield f"{report.size - said['size']} records came after that."


def _control(evidence: Evidence) -> Iterator[str]:
    control = evidence.control
    yield f"## {control.id}"
    yield ""
    yield f"{control.title}."
    yield ""
    yield f"- The log gives: {control.gives}"
    if control.types:
        if evidence.records:
            types = ", ".join(f"{type_} ({count})" for type_, count in evidence.types)
            first, last = evidence.first or "", evidence.last or ""
            yield f"- In the period: {evidence.records} records, {first[:19]}Z to {last[:19]}Z: {types}"
        else:
            yield f"- In the period: no record of {', '.join(control.types)}. That is no evidence of absence."
    yield f"- It does not cover: {control.lacks}"
    yield ""


def as_json(report: Report) -> dict[str, Any]:
    """The same for programs."""
    return {
        "framework": report.framework.key,
        "name": report.framework.name,
        "source": report.framework.source,
        "retention": report.framework.retention,
        "organization": report.organization,
        "origin": report.origin,
        "since": report.since,
        "until": report.until,
        "size": report.size,
        "pruned": report.pruned,
        "verification": report.verification,
        "facts": list(report.facts),
        "controls": [
            {
                "id": each.control.id,
                "title": each.control.title,
                "gives": each.control.gives,
                "not_covered": each.control.lacks,
                "records": each.records if each.control.types else None,
                "first": each.first,
                "last": each.last,
                "types": dict(each.types),
            }
            for each in report.evidence
        ],
        "not_covered": report.framework.beyond,
    }
