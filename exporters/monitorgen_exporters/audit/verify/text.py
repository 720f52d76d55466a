"""A report as lines for people."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from monitorgen_exporters.audit.verify.findings import Finding
from monitorgen_exporters.audit.verify.report import AnchorView, Report, Verdict
from monitorgen_exporters.audit.verify.words import age, counted

__all__ = ["Line", "lines"]

Tone = Literal["plain", "good", "bad", "doubtful"]

_SHOWN = 10


class Line(NamedTuple):
    """One line and how it is meant. It may quote anything: escape it before it goes to a terminal."""

    text: str
    tone: Tone = "plain"


def lines(report: Report) -> Iterator[Line]:
    """The report; the verdict and what is not proven come last, where the eye is when the command ends."""
    yield from (Line(f"{name:<12}{text}") for name, text in _facts(report))
    for anchor in report.anchors:
        good = anchor.verdict == "agrees"
        tone: Tone = "good" if good else "bad" if anchor.verdict == "disagrees" else "doubtful"
        yield Line(f"{'anchor':<12}{_anchor(anchor)}", tone)
    if not report.anchors:
        yield Line(f"{'anchors':<12}none compared", "doubtful")
    for warning in report.warnings:
        yield Line(f"{'warning':<12}{warning}", "doubtful")
    yield Line("")
    if report.findings:
        yield from _findings(report)
    yield Line(_VERDICTS[report.verdict], _TONES[report.verdict])
    yield Line(report.not_proven)


_VERDICTS = {
    Verdict.ANCHORED: "INTACT AND ANCHORED",
    Verdict.TAMPERED: "TAMPERED WITH",
    Verdict.UNANCHORED: "INTACT, BUT NOT ANCHORED",
}
_TONES: dict[Verdict, Tone] = {
    Verdict.ANCHORED: "good",
    Verdict.TAMPERED: "bad",
    Verdict.UNANCHORED: "doubtful",
}


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    yield "log", report.place
    yield "origin", report.origin + (f" (incarnation {report.incarnation})" if report.incarnation else "")
    yield (
        "size",
        f"{counted(report.size, 'record')}, root {report.root or 'unknown: leaf hashes are missing'}",
    )
    what = "hashes only" if report.hashes_only else "in full"
    yield (
        "checked",
        f"{counted(report.checked, 'record')} {what}, {counted(report.hashed, 'body')} hashed, "
        f"{report.seconds:.1f} s".replace("bodys", "bodies"),
    )
    missing = report.checkpoints_unchecked
    unchecked = f", {missing} could not be compared" if missing else ""
    newest = (
        f", the newest of size {report.newest_checkpoint:,}" if report.newest_checkpoint is not None else ""
    )
    past = report.checkpoints_past_gap
    beyond = f", {past:,} of them past missing records" if past else ""
    yield (
        "checkpoints",
        f"{report.checkpoints:,} hold, each consistent with the next{newest}{beyond}{unchecked}",
    )
    for key in report.keys:
        yield (
            "key",
            f"{key.key_id} ({key.name}): {counted(key.checkpoints, 'checkpoint')}, sizes {key.first_size:,} "
            f"to {key.last_size:,}",
        )
    if report.tail is not None:
        yield "tail", _tail(report)
    if report.intake_records:
        waited = f", the oldest for {age(report.intake_age_seconds)}" if report.intake_age_seconds else ""
        yield "intake", f"{counted(report.intake_records, 'record')} not yet in the tree{waited}"
    if report.guard is not None:
        size = f", which last signed size {report.guard.size:,}" if report.guard.size is not None else ""
        yield "guard", f"{report.guard.place}{size}: {report.guard.verdict}"
    yield from _declared(report)
    if report.witnessed is not None:
        yield "witnesses", _witnesses(report)


def _tail(report: Report) -> str:
    tail = report.tail
    if tail is None or not tail.records:
        return "none: the newest checkpoint covers every record"
    old = f", the oldest {age(tail.age_seconds)} old" if tail.age_seconds is not None else ""
    return f"{counted(tail.records, 'record')} from position {tail.start:,} on under no checkpoint{old}"


def _declared(report: Report) -> Iterator[tuple[str, str]]:
    for one in report.prunings[:_SHOWN]:
        by = f"declared by record {one.declared}" if one.declared is not None else "declared by no record"
        kept = f"archived in {one.archive}" if one.archive else "hashes only"
        yield "pruned", f"{one.start:,} to {one.end - 1:,}, {kept}, {by}"
    if len(report.prunings) > _SHOWN:
        yield "pruned", f"{len(report.prunings) - _SHOWN} more ranges"
    if report.erased_fields:
        yield "erased", f"{counted(report.erased_fields, 'personal value')}, each declared"
        for erasure in report.erasures[:_SHOWN]:
            fields = ", ".join(erasure.fields)
            yield "erased", f"{fields} of record {erasure.position}, declared by record {erasure.declared}"
    for restore in report.restores:
        lost = (
            f", records {restore.size:,} to {restore.known_size - 1:,} of it were lost"
            if restore.known_size
            else ""
        )
        yield (
            "restored",
            f"from {restore.origin} at size {restore.size:,}{lost}, declared by record {restore.position}"
            + (f": {restore.reason}" if restore.reason else ""),
        )


def _witnesses(report: Report) -> str:
    found = report.witnessed
    if found is None or found.size is None:
        return f"no checkpoint has {found.quorum if found else 1} of the trusted cosignatures"
    old = f", {age(found.age_seconds)} ago" if found.age_seconds is not None else ""
    return f"{', '.join(found.witnesses)} cosigned size {found.size:,}{old} ({found.quorum} needed)"


def _anchor(anchor: AnchorView) -> str:
    text = (
        f"{anchor.name}, {anchor.place}: {anchor.verdict}, {counted(anchor.compared, 'checkpoint')} compared"
    )
    if anchor.uncompared:
        text += f", {anchor.uncompared:,} could not be"
    if anchor.newest_size is not None:
        which = "newest that agrees is" if anchor.verdict == "disagrees" else "newest"
        text += f", the {which} of size {anchor.newest_size:,}"
    if anchor.newest_seen:
        text += f" seen {anchor.newest_seen}"
    if anchor.unanchored_seconds:
        text += f"; what came after is up to {age(anchor.unanchored_seconds)} old"
    if anchor.other_origins:
        text += f"; {anchor.other_origins} of other logs"
    return text + (f" ({anchor.note})" if anchor.note else "")


def _findings(report: Report) -> Iterator[Line]:
    first, *others = report.findings
    yield Line(f"first fault: {first.kind}, {_where(first)}", "bad")
    yield Line(f"  {first.message}", "bad")
    for note in first.evidence:
        yield from (Line(f"    | {text}") for text in note.splitlines())
    for other in others[: _SHOWN * 2]:
        yield Line(f"{other.kind}, {_where(other)}: {other.message}", "bad")
        if other.kind in ("fork", "rolled-back"):
            for note in other.evidence:
                yield from (Line(f"    | {text}") for text in note.splitlines())
    more = len(report.findings) - 1 - len(others[: _SHOWN * 2])
    if more > 0:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(report.findings.counts.items()))
        yield Line(f"and {more:,} more; in all: {kinds}", "bad")
    yield Line("")


def _where(finding: Finding) -> str:
    if finding.end == finding.start:
        return "no position"
    if finding.end == finding.start + 1:
        return f"position {finding.start:,}"
    return f"positions {finding.start:,} to {finding.end - 1:,}"
