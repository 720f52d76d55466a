"""What is judged once every record has been read, and the verdict."""

import base64
from collections.abc import Sequence

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.verify.anchoring import Reading
from monitorgen_exporters.audit.verify.beyond import judge_beyond
from monitorgen_exporters.audit.verify.case import Case
from monitorgen_exporters.audit.verify.claims import Claims
from monitorgen_exporters.audit.verify.declared import judge_declared
from monitorgen_exporters.audit.verify.findings import Finding, Kind
from monitorgen_exporters.audit.verify.outside import judge_anchors, judge_guard
from monitorgen_exporters.audit.verify.own_state import judge_intake, judge_nodes, judge_state
from monitorgen_exporters.audit.verify.proven import not_proven
from monitorgen_exporters.audit.verify.report import GUARD_IGNORANT, GUARD_UNREADABLE, Verdict
from monitorgen_exporters.audit.verify.sealing import judge_seals, judge_tail
from monitorgen_exporters.audit.verify.words import age

__all__ = ["judge_whole"]


def judge_whole(
    case: Case, readings: Sequence[Reading], signed: Checkpoint | None, guard: Guard | None
) -> None:
    """Fills in the report of the case: what each part of the log is worth, what is not proven, the verdict.

    `readings` are of the anchors, `signed` is what the guard has signed last.
    """
    merged, report = case.merged, case.report
    report.hashed = merged.hashed
    root = merged.root()
    report.root = base64.b64encode(root).decode() if root is not None else ""
    _judge_order(case)
    judge_state(case)
    judge_nodes(case)
    claims = judge_declared(case)
    judge_beyond(case)
    judge_seals(case, claims)
    judge_tail(case)
    judge_intake(case)
    judge_guard(case, signed, guard)
    judge_anchors(case, readings)
    report.not_proven = not_proven(report)
    report.verdict = _verdict(case, claims)


def _judge_order(case: Case) -> None:
    """Ids that stand twice far apart, and times that run backwards."""
    for id_, start, end in case.merged.duplicates:
        found = case.store.query(
            "SELECT max(pos) FROM audit_record WHERE pos >= ? AND pos < ? AND id = ?", (start, end, id_)
        )
        position = found[0][0] if found and found[0][0] is not None else end - 1
        case.findings.add(
            Finding.at(position, Kind.DUPLICATE_ID, f"the id {id_} is that of an earlier record as well")
        )
    if case.merged.backwards:
        count = len(case.merged.backwards)
        where = "once" if count == 1 else f"in {count} places"
        skew = age(case.options.skew.total_seconds())
        case.report.warnings.append(
            f"timestamps run backwards by more than {skew} {where}, first near record "
            f"{case.merged.backwards[0]}"
        )


def _verdict(case: Case, claims: Claims) -> Verdict:
    if case.findings:
        return Verdict.TAMPERED
    report = case.report
    if report.guard is not None and report.guard.verdict in (GUARD_IGNORANT, GUARD_UNREADABLE):
        return Verdict.UNANCHORED  # what was to be compared was not
    start = report.tail.start if report.tail else 0
    unsealed = [
        position
        for position in (*(at for at, _ in claims.pruned), *claims.erased.values())
        if position >= start
    ]
    if unsealed:
        report.warnings.append(
            f"record {min(unsealed)} declares a pruning or an erasure, and no checkpoint covers it yet"
        )
        return Verdict.UNANCHORED
    if case.trust.quorum and not _freshly_witnessed(case):
        return Verdict.UNANCHORED
    anchored = any(anchor.verdict == "agrees" for anchor in report.anchors)
    return Verdict.ANCHORED if anchored or _freshly_witnessed(case) else Verdict.UNANCHORED


def _freshly_witnessed(case: Case) -> bool:
    found = case.report.witnessed
    # A cosignature bears the witness's time. An old one says nothing about what was cut off since.
    return (
        found is not None
        and found.age_seconds is not None
        and found.age_seconds <= case.options.max_anchor_age.total_seconds()
    )
