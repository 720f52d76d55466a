"""What is kept outside the log, against it: the signer's own memory and the anchors."""

from collections.abc import Sequence

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.verify.anchoring import Comparison, Reading, judge_anchor
from monitorgen_exporters.audit.verify.case import Case
from monitorgen_exporters.audit.verify.findings import Finding, Kind
from monitorgen_exporters.audit.verify.report import GuardView
from monitorgen_exporters.audit.verify.words import counted

__all__ = ["judge_anchors", "judge_guard"]


def judge_guard(case: Case, signed: Checkpoint | None, guard: Guard | None) -> None:
    if guard is None:
        return
    place = str(guard.path)
    if signed is None:
        case.report.guard = GuardView(place, None, "knows nothing of this log")
        return
    made = case.merged.roots.get(signed.size)
    verdict = "agrees"
    if signed.size > case.moment.scan:
        verdict = "disagrees"
        case.findings.add(
            Finding.within(
                case.moment.scan,
                signed.size,
                Kind.ROLLED_BACK,
                f"the signer has signed {counted(signed.size, 'record')} ({place}), and the log has "
                f"{case.moment.scan}: the database was rolled back",
                signed.text,
            )
        )
    elif made is None:
        verdict = "could not be compared"
    elif made != signed.root:
        verdict = "disagrees"
        own = case.own_note(signed.size) or Checkpoint(signed.origin, signed.size, made).text
        case.findings.add(
            Finding.within(
                0,
                signed.size,
                Kind.FORK,
                f"the signer has signed another root for size {signed.size} ({place}) than the records",
                signed.text,
                own,
            )
        )
    case.report.guard = GuardView(place, signed.size, verdict)


def judge_anchors(case: Case, readings: Sequence[Reading]) -> None:
    log = Comparison(
        case.trust,
        case.moment.scan,
        case.merged.roots,
        case.report.restores,
        case.own_note,
        lambda position: case.age_of(case.time_of(position)) or 0.0,
        case.options.max_anchor_age.total_seconds(),
    )
    case.report.anchors = tuple(
        judge_anchor(reading, log, case.findings, case.report.warnings, case.now) for reading in readings
    )
