"""What the log says was done to it, against what was."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.store.records import hash_reader
from monitorgen_exporters.audit.verify.block import DECLARING
from monitorgen_exporters.audit.verify.case import Case, at_end
from monitorgen_exporters.audit.verify.claims import (
    Claims,
    check_erasures,
    check_prunings,
    check_restores,
    read_claims,
)
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.words import counted

__all__ = ["judge_declared"]

_FOR_EVER: Final = 2**63 - 1


def judge_declared(case: Case) -> Claims:
    """The claims of the log; what was pruned, restored and erased goes into the report."""
    merged, report = case.merged, case.report
    declaring = list(merged.declaring)
    if case.options.hashes_only and (merged.pruned or merged.foreign):
        declaring = _declaring(case, 0, case.moment.scan)
    if merged.pruned or merged.missing:
        # Pruned or erased while we were reading: then the word of it was added after we began.
        declaring += _declaring(case, case.moment.scan, _FOR_EVER)
    claims = read_claims(declaring, report.warnings)
    report.declared = dict(sorted(claims.counts.items()))
    hashes_at = _hashes_at(case.store, merged.hole or case.moment.scan)
    _judge_first_body(case, claims)
    report.prunings = check_prunings(merged.pruned, claims, hashes_at, case.findings)
    report.restores = check_restores(claims, merged.foreign, hashes_at, case.findings)
    if not case.options.hashes_only:
        _judge_orphans(case)
        report.erased_fields, report.erasures = check_erasures(
            merged.missing, claims, case.findings, report.warnings, partial(_still_there, case.store)
        )
    return claims


def _judge_first_body(case: Case, claims: Claims) -> None:
    """From where on the log says that it has bodies: retention goes on from there."""
    said, declared = case.moment.first_body, [one.to_pos for _, one in claims.pruned]
    if case.moment.size and (type(said) is not int or not 0 <= said <= max(declared, default=0)):
        what = f"the state says that records before {said!r:.40} were pruned, and no record does"
        case.findings.add(at_end(case.moment.size, what))


def _judge_orphans(case: Case) -> None:
    """Personal values of no record at all; what is in the intake will be one."""
    ((count, example),) = case.store.query(
        "SELECT count(*), min(p.id) FROM audit_personal p WHERE NOT EXISTS "
        "(SELECT 1 FROM audit_record r WHERE r.id = p.id) "
        "AND NOT EXISTS (SELECT 1 FROM audit_intake i WHERE i.id = p.id)"
    )
    if count:
        what = f"{counted(count, 'personal value')} belong to no record, such as to {example!r:.60}"
        case.findings.add(at_end(case.moment.size, what, Kind.STRAY))


def _declaring(case: Case, start: int, end: int) -> list[tuple[int, bytes]]:
    """Position and body of the records in `[start, end)` that say what was done to the log."""
    marks = ", ".join("?" * len(DECLARING))
    rows = case.store.query(
        f"SELECT pos, body FROM audit_record WHERE type IN ({marks}) AND pos >= ? AND pos < ? "  # noqa: S608
        "ORDER BY pos",
        (*sorted(DECLARING), start, end),
    )
    return [(position, body) for position, body in rows if type(body) is bytes]


def _still_there(store: Store, id_: str, field: str) -> bool:
    return bool(store.query("SELECT 1 FROM audit_personal WHERE id = ? AND field = ?", (id_, field)))


def _hashes_at(store: Store, known: int) -> Callable[[int], Sequence[bytes] | None]:
    """The full subtrees of the first so many records, from hashes that have been verified by now."""
    hash_at = hash_reader(store)

    def hashes(size: int) -> Sequence[bytes] | None:
        if not 0 <= size <= known:
            return None
        try:
            return [
                hash_at(level, size >> level + 1 << 1)
                for level in range(size.bit_length() - 1, -1, -1)
                if size >> level & 1
            ]
        except Damaged:
            return None

    return hashes
