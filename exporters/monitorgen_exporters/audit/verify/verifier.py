"""`verify`: all that can be known of a log, from its records, its checkpoints and the places outside it."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from monitorgen_exporters.audit.anchors.base import Anchor
from monitorgen_exporters.audit.checkpoint import Origin
from monitorgen_exporters.audit.guard import Guard, GuardError
from monitorgen_exporters.audit.note import NoteError
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.errors import Refused, TableMissing
from monitorgen_exporters.audit.store.tables import COLUMNS
from monitorgen_exporters.audit.tree import EMPTY_ROOT, FIRST_CHAIN
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.anchoring import read_anchors
from monitorgen_exporters.audit.verify.case import Case
from monitorgen_exporters.audit.verify.chunk import Job
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.history import judge_history
from monitorgen_exporters.audit.verify.judging import judge_whole
from monitorgen_exporters.audit.verify.merging import Merged
from monitorgen_exporters.audit.verify.moment import read_moment
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.report import GUARD_UNREADABLE, GuardView, Report, Verdict
from monitorgen_exporters.audit.verify.scan import Progress, chunks, processes_for
from monitorgen_exporters.audit.verify.unique import Ids

__all__ = ["Options", "verify"]

_DEFAULTS: Final = Options()


def verify(
    url: str,
    trust: Trust,
    *,
    anchors: Sequence[Anchor] = (),
    guard: Guard | None = None,
    options: Options = _DEFAULTS,
    progress: Progress = lambda done, of: None,  # noqa: ARG005
) -> Report:
    """The report on the log at `url`, judged by the trust file, the anchors and the signer's own memory.

    The log may be written to meanwhile: what is judged is the log as it was at one moment. Raises StoreError
    when it cannot be read.
    """
    began = time.monotonic()
    now = options.now or datetime.now(UTC)
    # First those outside: a log grows, so what they saw until now must be in what is read after.
    readings = read_anchors(anchors)
    warnings: list[str] = []
    signed, unreadable = None, None
    try:
        signed = guard.last_signed(trust.origin) if guard is not None else None
    except GuardError as problem:
        warnings.append(f"the guard could not be asked: {problem}")
        unreadable, guard = GuardView(str(guard and guard.path), None, GUARD_UNREADABLE), None
    findings = Findings()
    try:
        _check_tables(url)
    except TableMissing as problem:
        return _without_table(trust, warnings, problem)
    with open_store(url, readonly=True) as store:
        moment = read_moment(store, findings)
        report = Report(store.place, trust.origin, _incarnation(trust.origin), options.hashes_only)
    report.findings, report.warnings, report.guard = findings, warnings, unreadable
    report.size, report.checked = moment.size, moment.scan
    wanted = {one.size for reading in readings for one in reading.sightings} | (
        {signed.size} if signed else set()
    )
    job = Job(trust, options.hashes_only, moment.personal, options.skew)
    processes = options.processes or processes_for(moment.scan)
    with Ids() as ids:
        merged = Merged(trust.origin, options.skew, ids, findings, frozenset(wanted), roots={0: EMPTY_ROOT})
        merged.chain = FIRST_CHAIN
        for chunk in chunks(url, job, moment.scan, wanted, processes, progress):
            merged.add(chunk)
    with open_store(url, readonly=True) as store:
        judge_history(store, findings)
        judge_whole(Case(store, trust, options, now, moment, merged, report), readings, signed, guard)
    report.seconds = time.monotonic() - began
    return report


def _check_tables(url: str) -> None:
    with open_store(url, readonly=True) as store:
        for table in COLUMNS:
            with suppress(Refused):  # an auditor's account need not be allowed to read all of them
                store.query(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608


def _without_table(trust: Trust, warnings: list[str], problem: TableMissing) -> Report:
    """All that can be said of a log that lost a table; the others are not looked at."""
    place, _, said = str(problem).partition(": the table ")
    report = Report(place, trust.origin, _incarnation(trust.origin), warnings=warnings)
    report.findings.add(Finding.nowhere(Kind.TABLE, f"the table {said}"))
    report.verdict = Verdict.TAMPERED
    report.not_proven = "Not proven: anything about the records, since the verification ended there."
    return report


def _incarnation(origin: str) -> str:
    try:
        return str(Origin.parse(origin).incarnation)
    except NoteError:
        return ""
