"""How looking at a source's Alertmanagers goes, in `receiver_source`: for people, and for other replicas."""

from dataclasses import dataclass

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.moments import later
from monitorgen_exporters.receiver.payload import column_text
from monitorgen_exporters.receiver.work import Work

__all__ = ["SourceState", "claim", "finish", "read_sources"]

_COLUMNS = "name, polled_at, good_at, error, started_at, alerts"
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class SourceState:
    """How it went last."""

    name: str
    polled_at: str
    """When its Alertmanagers were asked last."""
    good_at: str | None
    """When one of them answered last."""
    error: str
    """What went wrong the last time, with any of them; empty when nothing did."""
    started_at: str | None
    """When the youngest of those that answered began."""
    alerts: int
    """How many alerts fired there for us."""


def read_sources(store: Store) -> list[SourceState]:
    """Every source that was ever looked at, by name."""
    return [
        SourceState(*row)
        for row in store.query(f"SELECT {_COLUMNS} FROM receiver_source ORDER BY name")  # noqa: S608
    ]


def claim(work: Work, name: str, pause: float) -> bool:
    """Whether this process is to look now: no replica has, for `pause` seconds."""
    store = work.store
    if store.execute(
        "UPDATE receiver_source SET polled_at = ? WHERE name = ? AND (polled_at <= ? OR polled_at > ?)",
        # A time to come was written by a clock that was set back since.
        [work.now, name, later(work.now, -pause), work.now],
    ):
        return True
    if store.query("SELECT name FROM receiver_source WHERE name = ?", [name]):
        return False
    store.execute(
        "INSERT INTO receiver_source (name, polled_at, good_at, error, started_at, alerts) "
        "VALUES (?, ?, NULL, '', NULL, 0)",
        [name, work.now],
    )
    return True


def finish(work: Work, name: str, *, error: str, started_at: str | None, alerts: int, good: bool) -> None:
    """Notes how it went; where nobody answered (`good` is False), what was known stays."""
    error = column_text(error)[:_LONGEST]
    if good:
        work.store.execute(
            "UPDATE receiver_source SET error = ?, good_at = ?, started_at = ?, alerts = ? WHERE name = ?",
            [error, work.now, started_at, alerts, name],
        )
    else:
        work.store.execute("UPDATE receiver_source SET error = ? WHERE name = ?", [error, name])
