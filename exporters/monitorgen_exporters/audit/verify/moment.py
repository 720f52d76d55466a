"""What a log says of itself at one moment, before its records are read."""

from dataclasses import dataclass
from typing import Any, Final

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.words import counted

__all__ = ["Moment", "read_moment"]

_MISSING: Final = 1_000_000
"""A log that lacks more rows than that is not walked through position by position."""


@dataclass(frozen=True, slots=True)
class Moment:
    """State, number of rows, and checkpoints that do not fit them."""

    origin: Any
    size: int
    rows: int
    frontier: Any
    chain: Any
    first_body: Any
    scan: int
    """How many positions are looked at."""
    beyond: list[tuple[Any, ...]]
    """Checkpoints larger than the log."""
    personal: bool


def read_moment(store: Store, findings: Findings) -> Moment:
    """The moment, all of it the same one; where the log contradicts itself goes into `findings`."""
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
