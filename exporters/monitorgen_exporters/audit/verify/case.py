"""All that a judgement of the whole log goes by."""

from dataclasses import dataclass
from datetime import datetime

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.checkpoints import is_time
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.merging import Merged
from monitorgen_exporters.audit.verify.moment import Moment
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.report import Report

__all__ = ["Case", "at_end"]


@dataclass(frozen=True, slots=True)
class Case:
    """The log as it was read, what it is judged by, and the report that is being written."""

    store: Store
    trust: Trust
    options: Options
    now: datetime
    moment: Moment
    merged: Merged
    report: Report

    @property
    def findings(self) -> Findings:
        """The faults found so far."""
        return self.report.findings

    def time_of(self, position: int) -> str | None:
        """The time of the record at a position, if there is one."""
        found = self.store.query("SELECT ts FROM audit_record WHERE pos = ?", (position,))
        return found[0][0] if found and is_time(found[0][0]) else None

    def age_of(self, text: str | None) -> float | None:
        """Seconds since a time."""
        if text is None:
            return None
        return max(0.0, (self.now - datetime.fromisoformat(text)).total_seconds())

    def own_note(self, size: int) -> str | None:
        """The stored note of the checkpoint of that size."""
        found = self.store.query(
            "SELECT note FROM audit_checkpoint WHERE origin = ? AND size = ?", (self.trust.origin, size)
        )
        return found[0][0].decode(errors="replace") if found and type(found[0][0]) is bytes else None


def at_end(size: int, message: str, kind: Kind = Kind.STATE) -> Finding:
    """A finding about the end of the log."""
    return Finding.within(size, size + 1, kind, message)
