"""What is kept outside the log, against it: the signer's own memory and the anchors."""

from collections.abc import Sequence
from typing import Final

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard, GuardError
from monitorgen_exporters.audit.verify.anchoring import Comparison, Reading, judge_anchor
from monitorgen_exporters.audit.verify.case import Case
from monitorgen_exporters.audit.verify.findings import Finding, Kind
from monitorgen_exporters.audit.verify.report import GUARD_IGNORANT, GuardView
from monitorgen_exporters.audit.verify.words import counted

__all__ = ["judge_anchors", "judge_guard"]

_NAMED: Final = 3


def judge_guard(case: Case, signed: Checkpoint | None, guard: Guard | None) -> None:
    if guard is None:
        return
    place = str(guard.path)
    if signed is None:
        case.report.guard = GuardView(place, None, GUARD_IGNORANT)
        case.report.warnings.append(_ignorant(guard, case.trust.origin))
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


def _ignorant(guard: Guard, origin: str) -> str:
    """What is to be done about a guard that does not know the log."""
    try:
        known = guard.origins()
    except GuardError:  # it could be read a moment ago
        known = ()
    others = f"knows {_listed(known)}" if known else "knows no log"
    return (
        f"the guard file {guard.path} {others}, and not {origin}: it was to be compared and could not be. "
        "Name the one in `audit.guard` of this log's signer. If that is it, it was lost or replaced, and "
        "nobody can tell from it whether the log was rolled back"
    )


def _listed(known: tuple[str, ...]) -> str:
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return ", ".join(f"{one:.120}" for one in known[:_NAMED]) + more


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
