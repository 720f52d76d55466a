"""What a log says of itself at one moment, before its records are read."""

from dataclasses import dataclass
from typing import Any, Final

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.records import NODE_LEVEL
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.words import counted

__all__ = ["Moment", "read_moment"]

_MISSING: Final = 1_000_000
"""A log that lacks more rows than that is not walked through position by position."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Its state, how far its table reaches, and the checkpoints that reach further."""

    origin: Any
    size: int
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
        ((lowest, newest),) = store.query(
            "SELECT (SELECT min(pos) FROM audit_record), (SELECT max(pos) FROM audit_record)"
        )
        ends = newest + 1 if type(newest) is int and newest >= 0 else 0
        if type(lowest) is int and lowest < 0:
            findings.add(Finding.at(0, Kind.GAP, f"position {lowest} stands where none should"))
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
        elif ends > size:
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
            frontier,
            chain,
            first_body,
            _reach(store, min(ends, size)),
            store.query(
                "SELECT origin, size, root, note, ts FROM audit_checkpoint WHERE size > ? OR size < 0 "
                "ORDER BY size LIMIT 1000",
                (min(ends, size),),
            ),
            bool(store.query("SELECT 1 FROM audit_personal LIMIT 1")),
        )


def _reach(store: Store, end: int) -> int:
    """How many positions are looked at: `end`, unless most of them are missing."""
    if end <= _MISSING:
        return end
    # To count the rows of a large log takes a while; mostly the kept hashes show that there are enough.
    ((kept,),) = store.query("SELECT count(*) FROM audit_node WHERE level = ?", (NODE_LEVEL,))
    if (kept << NODE_LEVEL) + _MISSING >= end:
        return end
    ((rows,),) = store.query("SELECT count(*) FROM audit_record")
    return min(end, int(rows) + _MISSING)
