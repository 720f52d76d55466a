"""When a log is sealed with a checkpoint, and how: over committed records only, and through the guard."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard, GuardRefusal
from monitorgen_exporters.audit.note import SigningKey
from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Duplicate
from monitorgen_exporters.audit.store.records import hash_reader, read_state
from monitorgen_exporters.audit.tree import Frontier, consistency_proof

__all__ = ["Access", "Issuer", "Signer", "check_guard", "newest_checkpoint"]

_ATTEMPTS = 5
_APART = 0.25  # seconds between two checkpoints, however many records there are

Access: TypeAlias = Callable[[], AbstractContextManager[Store]]
"""Gives the log's store for the length of a block, in which nobody else has it."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a log's checkpoints, how often, and who is told.

    A checkpoint is due `seconds` after the first record that none covers, and after `records` of them, but
    not more than four times a second.
    `anchors` are the names under which the outbox gets each checkpoint.
    """

    keys: tuple[SigningKey, ...]
    guard: Guard
    anchors: tuple[str, ...] = ()
    seconds: float = 10.0
    records: int = 1000


class Issuer:
    """Issues the checkpoints of the log in a store, and knows when one is due."""

    def __init__(self, signer: Signer, store: Store) -> None:
        self._signer = signer
        self._sealed = newest_size(store, read_state(store).origin)
        self._grown_at: float | None = None
        self._not_before = 0.0
        self._issued_at = float("-inf")

    def due(self, size: int) -> bool:
        """Whether a log of `size` records ought to get a checkpoint now."""
        if size <= self._sealed:
            return False
        at = monotonic()
        if self._grown_at is None:
            self._grown_at = at
        if at < self._not_before:
            return False
        many = size - self._sealed >= self._signer.records and at - self._issued_at >= _APART
        return many or at - self._grown_at >= self._signer.seconds

    def postpone(self, seconds: float) -> None:
        """Nothing is due for so long: what hinders a checkpoint is not gone at the next record."""
        self._not_before = monotonic() + seconds

    def issue(self, access: Access, *, patience: float | None = None) -> bytes:
        """The signed note of the log as it is committed now, kept in the store and given to the outbox.

        While the guard is waited for, for at most `patience` seconds, and while it signs, the store is free
        for others; what they add is for the next checkpoint. A size that has a checkpoint gets no second one.
        One thread at a time. Raises StoreError, GuardError, and GuardRefusal when the log is not the
        continuation of what was signed before.
        """
        guard = self._signer.guard
        for attempt in range(1, _ATTEMPTS + 1):
            with access() as store:
                state = read_state(store)
                if (note := _note_at(store, state.origin, state.size)) is not None:
                    return self._sealed_at(state.size, note)
                checkpoint = Checkpoint(state.origin, state.size, Frontier.from_bytes(state.frontier).root())
                last = guard.last_signed(state.origin)
                proof = _continuation(store, last, checkpoint)
            try:
                note = guard.sign(checkpoint, proof, self._signer.keys, patience=patience)
            except GuardRefusal:
                # Another process with the same guard may have signed a later checkpoint in between.
                if attempt == _ATTEMPTS or guard.last_signed(state.origin) == last:
                    raise
            else:
                with access() as store:
                    return self._sealed_at(checkpoint.size, self._keep(store, checkpoint, note))
        raise AssertionError("unreachable")

    def _keep(self, store: Store, checkpoint: Checkpoint, note: bytes) -> bytes:
        """The note that is kept for a checkpoint: this one, or that of a process that was quicker."""
        about = (checkpoint.origin, checkpoint.size)
        at = now()
        told = [(anchor, *about, note, 0, at, None, None) for anchor in self._signer.anchors]
        try:
            with store.transaction():
                store.insert("audit_checkpoint", [(*about, checkpoint.root, note, at)])
                if told:
                    store.insert("audit_outbox", told)
        except Duplicate:
            return _note_at(store, *about) or note
        return note

    def _sealed_at(self, size: int, note: bytes) -> bytes:
        self._sealed, self._grown_at, self._not_before = size, None, 0.0
        self._issued_at = monotonic()
        return note


def _continuation(store: Store, last: Checkpoint | None, checkpoint: Checkpoint) -> list[bytes]:
    """What proves to the guard that a checkpoint continues the last one, as far as anything does."""
    if last is None or not 0 < last.size <= checkpoint.size:
        return []
    return consistency_proof(last.size, checkpoint.size, hash_reader(store))


def check_guard(store: Store, guard: Guard) -> None:
    """Returns when the log continues what was signed of it before; raises GuardRefusal or GuardError.

    A database that was rolled back is found here, before anything is added to it.
    """
    last = guard.last_signed(read_state(store).origin)
    state = read_state(store)  # asked after the guard, which is never ahead of what is committed
    if last is None:
        raise GuardRefusal(
            f"The guard file {guard.path} does not know the log {state.origin}. If that file was lost, make "
            "the log known again from a checkpoint that an anchor holds"
        )
    if last.size > state.size:
        raise GuardRefusal(
            f"{state.origin} was signed at size {last.size}, and {store.place} holds {state.size} records: "
            "it was rolled back. If that was a restore from a backup, begin a new incarnation of the log "
            "(`monitorgen audit restore`)"
        )
    if last.size and _root_at(store, last.size) != last.root:
        raise GuardRefusal(
            f"{state.origin} was signed at size {last.size} with another root than {store.place} has there: "
            "its past was changed. Run `monitorgen audit verify`"
        )


def newest_size(store: Store, origin: str) -> int:
    """The size of the newest checkpoint of this origin; 0 without one."""
    ((size,),) = store.query("SELECT max(size) FROM audit_checkpoint WHERE origin = ?", [origin])
    return size or 0


def newest_checkpoint(store: Store) -> bytes | None:
    """The note of the newest checkpoint of the log as it is called now; None without one."""
    found = store.query(
        "SELECT note FROM audit_checkpoint WHERE origin = ? ORDER BY size DESC LIMIT 1",
        [read_state(store).origin],
    )
    return bytes(found[0][0]) if found else None


def _note_at(store: Store, origin: str, size: int) -> bytes | None:
    kept = store.query("SELECT note FROM audit_checkpoint WHERE origin = ? AND size = ?", (origin, size))
    return bytes(kept[0][0]) if kept else None


def _root_at(store: Store, size: int) -> bytes:
    hash_at = hash_reader(store)
    bits = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
    return Frontier(size, [hash_at(level, (size >> level) - 1) for level in bits]).root()
