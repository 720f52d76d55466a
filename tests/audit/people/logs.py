"""Small logs for tests of what people do with one."""

from collections.abc import Sequence
from typing import Any

from monitorgen_exporters.audit.entry import Entry, new_entry
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.store import create_store

__all__ = ["ORIGIN", "entry", "fill"]

ORIGIN = "acme/audit/monitoring/1"


def entry(type: str, actor: str = "system:receiver", subject: str = "alert:High", **data: Any) -> Entry:
    """An entry; `ts` and `personal` are the record's own, everything else is data."""
    ts, personal = data.pop("ts", None), data.pop("personal", None)
    return new_entry(type=type, actor=actor, subject=subject, data=data, personal=personal, ts=ts)


def fill(url: str, entries: Sequence[Entry]) -> list[str]:
    """Makes a log of these records at `url`; returns their ids."""
    with create_store(url, ORIGIN) as store:
        assert store.try_sequencer()
        Sequencer(store).append(entries)
    return [each.record.id for each in entries]
