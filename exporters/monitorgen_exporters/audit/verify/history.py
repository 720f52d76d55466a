"""The receiver keeps its alerts beside the log: each change of one has the record that was made with it.

Both are written in one transaction, so a change without its record was made, or moved, by somebody else.
"""

from contextlib import suppress
from typing import Final

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Refused
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind

__all__ = ["judge_history"]

_THERE: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'receiver_event'",
    "postgres": "SELECT 1 WHERE to_regclass('receiver_event') IS NOT NULL",
}
# What was pruned says nothing any more, and what waits in the intake has no columns yet. A change whose
# record a filter of the settings left out names none.
_UNRECORDED: Final = """
    SELECT e.seq, e.type, e.episode, r.id FROM receiver_event e
    LEFT JOIN audit_record r ON r.id = e.record
    WHERE e.record <> '' AND (
        (r.id IS NULL AND NOT EXISTS (SELECT 1 FROM audit_intake i WHERE i.id = e.record))
        OR (r.body IS NOT NULL AND (r.type <> 'alert.' || e.type OR r.incident <> e.episode))
    )
    ORDER BY e.seq LIMIT 1000"""


def judge_history(store: Store, findings: Findings) -> None:
    """Adds a finding for each change of the receiver's alerts that has no record, or another one's."""
    with suppress(Refused), store.snapshot():  # an auditor's account need not be allowed to read it
        if not store.query(_THERE[store.dialect]):
            return
        for seq, type, episode, record in store.query(_UNRECORDED):
            said = (
                "has no record in the log" if record is None else f"names {record}, which says another thing"
            )
            findings.add(
                Finding.nowhere(
                    Kind.HISTORY, f"event {seq!r:.20} (`{type!s:.40}` of the alert {episode!s:.40}) {said}"
                )
            )
