"""How a log stands: its newest checkpoint, what is not under one yet, and how far each anchor has come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitorgen_exporters.audit.anchors.outbox import CONFLICT
from monitorgen_exporters.audit.anchors.planning import Fed
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.records import read_state

__all__ = ["AnchorStatus", "LogStatus", "read_status"]


@dataclass(frozen=True, slots=True)
class AnchorStatus:
    """How far one anchor has come with the log's present origin.

    `holds` is the size it confirmed last, at `told`; `waiting` checkpoints are newer, the oldest of them made
    at `since`. `error` says why the last attempt failed, `conflict` that the anchor holds another history.
    """

    name: str
    place: str
    every: timedelta
    holds: int | None
    told: datetime | None
    waiting: int
    since: datetime | None
    attempts: int
    error: str
    conflict: bool


@dataclass(frozen=True, slots=True)
class LogStatus:
    """One moment of a log. `unsealed_since` and `intake_since` are None where nothing waits."""

    origin: str
    size: int
    checkpoint: Checkpoint | None
    checkpoint_ts: datetime | None
    unsealed_since: datetime | None
    intake: int
    intake_since: datetime | None
    anchors: tuple[AnchorStatus, ...]

    @property
    def unsealed(self) -> int:
        """How many records no checkpoint covers yet."""
        return self.size - (self.checkpoint.size if self.checkpoint else 0)


def read_status(store: Store, fed: Iterable[Fed]) -> LogStatus:
    """How the log stands, all of one moment. Raises a StoreError."""
    with store.snapshot():
        state = read_state(store)
        found = store.query(
            "SELECT size, root, ts FROM audit_checkpoint WHERE origin = ? ORDER BY size DESC LIMIT 1",
            (state.origin,),
        )
        size, root, ts = found[0] if found else (0, b"", None)
        first_unsealed = store.query("SELECT ts FROM audit_record WHERE pos = ?", (size,))
        ((intake, intake_since),) = store.query("SELECT COUNT(*), MIN(ts) FROM audit_intake")
        return LogStatus(
            state.origin,
            state.size,
            Checkpoint(state.origin, size, bytes(root)) if found else None,
            _time(ts),
            _time(first_unsealed[0][0]) if first_unsealed else None,
            intake,
            _time(intake_since),
            tuple(_anchor(store, state.origin, one) for one in fed),
        )


def _anchor(store: Store, origin: str, fed: Fed) -> AnchorStatus:
    told = store.query(
        "SELECT size, done_ts FROM audit_outbox WHERE anchor = ? AND origin = ? AND done_ts IS NOT NULL "
        "ORDER BY seq DESC LIMIT 1",
        (fed.anchor.name, origin),
    )
    ((waiting, attempts, since),) = store.query(
        "SELECT COUNT(*), COALESCE(MAX(o.attempts), 0), MIN(c.ts) FROM audit_outbox o LEFT JOIN "
        "audit_checkpoint c ON c.origin = o.origin AND c.size = o.size "
        "WHERE o.anchor = ? AND o.origin = ? AND o.done_ts IS NULL",
        (fed.anchor.name, origin),
    )
    errors = store.query(
        "SELECT error FROM audit_outbox WHERE anchor = ? AND origin = ? AND done_ts IS NULL "
        "AND error IS NOT NULL ORDER BY next_try DESC LIMIT 1",
        (fed.anchor.name, origin),
    )
    error = errors[0][0] if errors else ""
    return AnchorStatus(
        fed.anchor.name,
        fed.anchor.place,
        fed.every,
        told[0][0] if told else None,
        _time(told[0][1]) if told else None,
        waiting,
        _time(since),
        attempts,
        error.removeprefix(CONFLICT),
        error.startswith(CONFLICT),
    )


def _time(text: str | None) -> datetime | None:
    """A time of the tables; None for what is none, as a damaged log is to be shown and not to be fatal."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None
