"""`verify`: all that can be known of a log, from its records, its checkpoints and the places outside it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from monitorgen_exporters.audit.anchors.base import Anchor
from monitorgen_exporters.audit.checkpoint import Checkpoint, Origin
from monitorgen_exporters.audit.guard import Guard, GuardError
from monitorgen_exporters.audit.note import NoteError
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.tree import EMPTY_ROOT, FIRST_CHAIN
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.anchoring import read_anchors
from monitorgen_exporters.audit.verify.chunk import Job
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.judging import Judge, Moment, Options
from monitorgen_exporters.audit.verify.merging import Merged
from monitorgen_exporters.audit.verify.report import Report
from monitorgen_exporters.audit.verify.scan import Progress, chunks, processes_for
from monitorgen_exporters.audit.verify.unique import Ids
from monitorgen_exporters.audit.verify.words import counted

__all__ = ["Options", "verify"]

_MISSING: Final = 1_000_000
"""A log that lacks more rows than that is not walked through position by position."""


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
    signed = _last_signed(guard, trust.origin, warnings)
    findings = Findings()
    with open_store(url, readonly=True) as store:
        moment = _moment(store, findings)
        report = Report(store.place, trust.origin, _incarnation(trust.origin), options.hashes_only)
    report.findings, report.warnings = findings, warnings
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
        Judge(store, trust, options, now, moment, merged, report).judge(readings, signed, guard)
    report.seconds = time.monotonic() - began
    return report


def _last_signed(guard: Guard | None, origin: str, warnings: list[str]) -> Checkpoint | None:
    if guard is None:
        return None
    try:
        return guard.last_signed(origin)
    except GuardError as problem:
        warnings.append(f"the guard could not be asked: {problem}")
        return None


def _incarnation(origin: str) -> str:
    try:
        return str(Origin.parse(origin).incarnation)
    except NoteError:
        return ""


def _moment(store: Store, findings: Findings) -> Moment:
    with store.snapshot():
        ((origin, size, frontier, chain, first_body),) = store.query(
            "SELECT origin, size, frontier, chain, first_body FROM audit_state WHERE one = 1"
        ) or [(None,) * 5]
        ((rows, newest),) = store.query("SELECT count(*), max(pos) FROM audit_record")
        ends = newest + 1 if type(newest) is int and newest >= 0 else 0
        if type(size) is not int or size < 0:
            findings.add(Finding.at(0, Kind.STATE, f"the state says that the log has {size!r:.40} records"))
            size = ends
        if ends < size:
            findings.add(
                Finding.within(
                    ends,
                    size,
                    Kind.TRUNCATED,
                    f"the log says that it has {counted(size, 'record')}, and the table ends after {ends}",
                )
            )
        elif rows and ends > size:
            findings.add(
                Finding.within(
                    size,
                    ends,
                    Kind.STATE,
                    f"the table has rows beyond the {counted(size, 'record')} of the log",
                )
            )
        return Moment(
            origin,
            size,
            rows,
            frontier,
            chain,
            first_body,
            min(ends, size, rows + _MISSING),
            store.query(
                "SELECT origin, size, root, note, ts FROM audit_checkpoint WHERE size > ? OR size < 0 "
                "ORDER BY size LIMIT 1000",
                (min(ends, size),),
            ),
            bool(store.query("SELECT 1 FROM audit_personal LIMIT 1")),
        )
