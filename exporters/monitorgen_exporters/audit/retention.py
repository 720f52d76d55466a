"""Pruning: bodies go when the policy says so, hashes stay, and every proof of what is left still holds."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from monitorgen.model.duration import format_duration
from monitorgen_exporters.audit.archive import frontier_at, segment_name, write_segment
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.declared import LOG_PRUNED, Pruned
from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.search import moment
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Conflict, Damaged
from monitorgen_exporters.audit.store.records import positions, read_state

__all__ = [
    "CUT",
    "Anchored",
    "Plan",
    "anchored_checkpoint",
    "finish",
    "in_the_tree",
    "plan",
    "prune",
    "unfinished",
]

CUT: Final = 256
"""A cut is at a multiple of this: there, one hash stands for all leaves of a subtree."""

_BATCH = 2048
_PATIENCE = 60.0

_PRUNED_COLUMNS = "body = NULL, ts = '', type = '', actor = '', subject = '', incident = NULL, severity = ''"
# What the log says of itself stays: a verifier needs it to tell an honest pruning from tampering.
_NOT_OWN = "substr(type, 1, 4) NOT IN ('log.', 'key.') AND substr(type, 1, 7) <> 'record.'"


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint of the log that a place outside it holds."""

    checkpoint: Checkpoint
    note: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pruning would do: the records `[start, stop)`, of which nothing is younger than `cutoff`.

    `why` says in words what kept it from going further; `anchored` is what covers it, None when nothing does.
    """

    start: int
    stop: int
    cutoff: str
    anchored: Anchored | None
    why: str
    uncovered: bool
    """Whether more is old enough, and only lacks an anchored checkpoint that covers it."""

    @property
    def records(self) -> int:
        """How many; 0 when there is nothing to prune."""
        return self.stop - self.start


def anchored_checkpoint(store: Store) -> Anchored | None:
    """The newest checkpoint of the log's present origin that an anchor has confirmed."""
    origin = read_state(store).origin
    found = store.query(
        "SELECT c.size, c.root, c.note FROM audit_checkpoint c WHERE c.origin = ? AND EXISTS (SELECT 1 FROM "
        "audit_outbox o WHERE o.origin = c.origin AND o.size = c.size AND o.done_ts IS NOT NULL) "
        "ORDER BY c.size DESC LIMIT 1",
        [origin],
    )
    return (
        Anchored(Checkpoint(origin, found[0][0], bytes(found[0][1])), bytes(found[0][2])) if found else None
    )


def plan(store: Store, keep: float, at: datetime, anchored: Anchored | None, before: str = "") -> Plan:
    """What may be pruned at the moment `at`: subtrees older than `keep` seconds that `anchored` covers.

    `before` prunes less: only records before that moment. Records stay in order, so one that is younger, or
    claims to be, keeps all that come after it.
    """
    policy = moment((at - timedelta(seconds=keep)).isoformat(), at)
    cutoff = min(policy, before) if before else policy
    state = read_state(store)
    young = store.query(
        f"SELECT pos FROM audit_record WHERE pos >= ? AND body IS NOT NULL AND ts >= ? AND {_NOT_OWN} "  # noqa: S608
        "ORDER BY pos LIMIT 1",
        [state.first_body, cutoff],
    )
    oldest_kept = young[0][0] if young else state.size
    covered = anchored.checkpoint.size if anchored else 0
    stop = min(oldest_kept, covered) // CUT * CUT
    uncovered = max(covered // CUT * CUT, state.first_body) < oldest_kept // CUT * CUT
    if uncovered:
        why = (
            f"the newest anchored checkpoint covers the first {covered} records"
            if anchored
            else "no anchor has confirmed a checkpoint"
        )
    else:
        why = f"records are pruned by {CUT}s, and record {oldest_kept} is to be kept"
    return Plan(state.first_body, max(stop, state.first_body), cutoff, anchored, why, uncovered)


def prune(
    log: AuditLog, store: Store, plan: Plan, *, keep: float, archive: Path | None, operator: str
) -> Pruned:
    """Archives what is to go, records that it goes, and deletes it; returns what was recorded.

    `store` is a second way into the log's database. Killed at any point, it leaves a log that verifies, and
    `unfinished` finds what is left to do. Raises StoreError, OSError, and Damaged when the log is not what
    its anchored checkpoint says: then nothing goes.
    """
    anchored = plan.anchored
    assert anchored is not None
    assert plan.records
    origin, size = anchored.checkpoint.origin, anchored.checkpoint.size
    if frontier_at(store, size).root() != anchored.checkpoint.root:
        raise Damaged(
            f"{store.place}: the first {size} records do not give the root that was anchored; nothing was "
            "pruned. Run `monitorgen audit verify`"
        )
    written = None
    if archive is not None:
        archive.mkdir(parents=True, exist_ok=True)
        file = archive / segment_name(origin, plan.start, plan.stop)
        file.unlink(missing_ok=True)  # of a pruning that was interrupted before it was recorded
        written = write_segment(store, file, plan.start, plan.stop, anchored.note)
    said = Pruned(
        from_pos=plan.start,
        to_pos=plan.stop,
        checkpoint_size=size,
        checkpoint_root=anchored.checkpoint.root.hex(),
        hashes=tuple(each.hex() for each in frontier_at(store, plan.stop).hashes),
        keep=format_duration(keep),
        archive=written.path.name if written else None,
        archive_sha256=written.sha256 if written else None,
    )
    (id_,) = log.declare(
        [new_entry(type=LOG_PRUNED, actor=operator, subject=f"log:{origin}", data=said.data())]
    )
    in_the_tree(store, id_)
    finish(store, said, archive)
    return said


def unfinished(store: Store) -> Pruned | None:
    """A pruning that was recorded and then interrupted; None without one."""
    found = store.query(
        "SELECT body FROM audit_record WHERE type = ? ORDER BY pos DESC LIMIT 1", [LOG_PRUNED]
    )
    if not found:
        return None
    said = Pruned.read(decode(found[0][0]))
    return said if read_state(store).first_body < said.to_pos else None


def finish(store: Store, said: Pruned, archive: Path | None) -> None:
    """Deletes what a recorded pruning says is gone: bodies, what is searched by, and personal values."""
    for begin in range(said.from_pos, said.to_pos, _BATCH):
        end = min(begin + _BATCH, said.to_pos)
        with store.transaction():
            store.execute(
                "DELETE FROM audit_personal WHERE id IN (SELECT id FROM audit_record "  # noqa: S608
                f"WHERE pos >= ? AND pos < ? AND body IS NOT NULL AND {_NOT_OWN})",
                [begin, end],
            )
            store.execute(
                f"UPDATE audit_record SET {_PRUNED_COLUMNS} WHERE pos >= ? AND pos < ? "  # noqa: S608
                f"AND body IS NOT NULL AND {_NOT_OWN}",
                [begin, end],
            )
    with store.transaction():
        store.execute("UPDATE audit_state SET first_body = ? WHERE one = 1", [said.to_pos])
        if said.archive is not None:
            store.execute("DELETE FROM audit_archive WHERE from_pos = ?", [said.from_pos])
            place = str((archive or Path()) / said.archive)
            store.insert(
                "audit_archive", [(said.from_pos, said.to_pos, place, said.archive_sha256 or "", now())]
            )


def in_the_tree(store: Store, id_: str, patience: float = _PATIENCE) -> int:
    """The position of a record that was appended, waited for while another process builds the tree."""
    until = time.monotonic() + patience
    while True:
        if found := positions(store, [id_]):
            return found[id_][0]
        if time.monotonic() >= until:
            raise Conflict(
                f"{store.place}: the record {id_} was appended, and the process that builds the tree has not "
                f"taken it up within {patience:.0f} s. Nothing else was done"
            )
        time.sleep(0.05)
