"""The stored checkpoints, the witnesses on them, and the records that none covers."""

from typing import Any

from monitorgen_exporters.audit.verify.case import Case
from monitorgen_exporters.audit.verify.checkpoints import read_seal
from monitorgen_exporters.audit.verify.claims import Claims
from monitorgen_exporters.audit.verify.findings import Finding, Kind
from monitorgen_exporters.audit.verify.report import Tail, Witnessed
from monitorgen_exporters.audit.verify.words import age, counted

__all__ = ["judge_seals", "judge_tail"]


def judge_seals(case: Case, claims: Claims) -> None:
    """What the checkpoints that hold say; one that is larger than the log shows that it was cut."""
    merged, report = case.merged, case.report
    report.checkpoints, report.checkpoints_unchecked = merged.held, merged.unchecked
    report.keys = tuple(merged.keys.values())
    report.newest_checkpoint = merged.newest.size if merged.newest else None
    report.warnings += merged.doubts
    restored = {said.origin for _, said in claims.restored}
    for row in case.moment.beyond:
        seal = read_seal(row, case.trust, case.findings)
        if seal is None or seal.origin in restored:
            continue
        if seal.origin != case.trust.origin:
            case.findings.add(
                Finding.at(seal.size - 1, Kind.ORIGIN, f"a stored checkpoint is of {seal.origin:.120}")
            )
        elif seal.good:
            case.findings.add(
                Finding.within(
                    case.moment.scan,
                    seal.size,
                    Kind.TRUNCATED,
                    f"a signed checkpoint covers {counted(seal.size, 'record')}, and the log has "
                    f"{case.moment.scan}",
                )
            )
    if case.trust.witnesses:
        report.witnessed = _witnessed(case)


def _witnessed(case: Case) -> Witnessed:
    cosigned = case.merged.cosigned
    at = cosigned.cosigned_at if cosigned else None
    return Witnessed(
        max(1, case.trust.quorum),
        tuple(key.name for key in case.trust.witnesses),
        cosigned.size if cosigned else None,
        cosigned.cosigners if cosigned else (),
        max(0.0, case.now.timestamp() - at) if at is not None else None,
    )


def judge_tail(case: Case) -> None:
    """Records under no checkpoint: the part of the log that a writer of the database can still change."""
    start = case.merged.newest.size if case.merged.newest else 0
    records = max(0, case.moment.scan - start)
    oldest = case.time_of(start) if records else None
    case.report.tail = Tail(start, records, oldest, case.age_of(oldest))
    above = case.store.query(
        "SELECT count(*) FROM audit_checkpoint WHERE origin = ? AND size > ?", (case.trust.origin, start)
    )
    if not records or case.merged.hole is not None or above[0][0]:
        return  # checkpoints there are, and what is wrong with them has been said
    ((first, last),) = case.store.query(
        "SELECT min(id), max(id) FROM audit_record WHERE pos >= ? AND pos < ?", (start, case.moment.scan)
    )
    begun, ended = _made_at(first), _made_at(last)
    if begun is None or ended is None:
        return
    # The log's own clock counts, not today's: a copy of a log may be verified years later.
    open_for = (ended if case.merged.newest else case.now.timestamp()) - begun
    if open_for > case.options.seal_within.total_seconds():
        case.findings.add(
            Finding.within(
                start,
                case.moment.scan,
                Kind.SEAL,
                f"{counted(records, 'record')} from position {start} on are under no checkpoint, for "
                f"{age(open_for)}: a log seals itself within seconds, so either nobody could sign, or "
                "checkpoints were taken away",
            )
        )


def _made_at(id_: Any) -> float | None:
    """When an id was made, in seconds since 1970: the first 48 bits of a UUIDv7 are milliseconds."""
    try:
        return int(id_[:8] + id_[9:13], 16) / 1000
    except (TypeError, ValueError):
        return None
