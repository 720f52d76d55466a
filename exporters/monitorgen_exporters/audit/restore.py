"""After a genuine restore of the database: a new incarnation of the log, which says what it goes on from.

The guard refuses to sign for a log with fewer records than were signed once, and it is right: a restore and a
rollback look the same. An operator who knows that it was a restore gives the log a new origin. The first
record under it names the old one, its size and its root, and the newest checkpoint that is known of it:
everybody can see what was lost, and nobody has signed two histories of one origin.
"""

from dataclasses import dataclass

from monitorgen_exporters.audit.archive import frontier_at
from monitorgen_exporters.audit.checkpoint import Checkpoint, Origin
from monitorgen_exporters.audit.declared import LOG_RESTORED, Restored
from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.recovery import Tip
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.store import Store, open_store
from monitorgen_exporters.audit.store.errors import Locked, Refused
from monitorgen_exporters.audit.store.records import read_state

__all__ = ["Incarnation", "restore"]


@dataclass(frozen=True, slots=True)
class Incarnation:
    """The new incarnation, what it goes on from, and how many records that were signed for are gone."""

    origin: str
    before: Restored
    checkpoint: bytes
    """The first of the new origin."""

    @property
    def lost(self) -> int:
        """How many records of the old incarnation were signed for and are not in the copy."""
        return max(0, (self.before.known_size or 0) - self.before.size)


def restore(url: str, signer: Signer, known: Checkpoint, *, operator: str, reason: str) -> Incarnation:
    """Gives the restored log at `url` its next incarnation, and seals its first record.

    `known` is the newest checkpoint of the old origin that an anchor holds. Killed at any point, the same
    call goes on where it was. Raises Refused when the copy contradicts that checkpoint, which no honest copy
    does; Locked while another process has the log open; GuardError and StoreError.
    """
    with open_store(url) as store:
        if not store.try_sequencer():
            raise Locked(f"Another process has the log at {store.place} open: stop it first.")
        sequencer = Sequencer(store)
        before = _begun(store, sequencer.tip, known, reason)
        if before is None:
            before = _what_is_there(store, sequencer.tip, known, reason)
            entry = new_entry(
                type=LOG_RESTORED, actor=operator, subject=f"log:{before.origin}", data=before.data()
            )
            sequencer.append([entry])
        origin = str(Origin.parse(before.origin).next())
        # Of the old incarnation nobody is told any more; what its anchors hold stays there.
        with store.transaction():
            store.execute("UPDATE audit_state SET origin = ? WHERE one = 1", [origin])
            store.execute("DELETE FROM audit_outbox WHERE done_ts IS NULL AND origin <> ?", [origin])
        tree = sequencer.tip.frontier
        if signer.guard.last_signed(origin) is None:
            signer.guard.begin(Checkpoint(origin, tree.size, tree.root()))
    with AuditLog.open(url, signer=signer, background=False) as log:
        note = log.checkpoint()
    assert note is not None
    return Incarnation(origin, before, note)


def _begun(store: Store, tip: Tip, known: Checkpoint, reason: str) -> Restored | None:
    """What an interrupted restore recorded, where the log's last record is of one and nothing was sealed."""
    found = store.query(
        "SELECT body FROM audit_record WHERE pos = ? AND type = ?", [tip.frontier.size - 1, LOG_RESTORED]
    )
    if not found:
        return None
    said = Restored.read(decode(found[0][0]))
    sealed = store.query(
        "SELECT size FROM audit_checkpoint WHERE origin = ?", [str(Origin.parse(said.origin).next())]
    )
    again = said.origin == known.origin and said.reason == reason
    return said if again and not sealed else None


def _what_is_there(store: Store, tip: Tip, known: Checkpoint, reason: str) -> Restored:
    size, root = tip.frontier.size, tip.frontier.root()
    origin = read_state(store).origin
    if known.origin != origin:
        raise Refused(f"The checkpoint is of {known.origin}, and the log at {store.place} is {origin}.")
    if known.size <= size and frontier_at(store, known.size).root() != known.root:
        raise Refused(
            f"The copy at {store.place} is not what was signed: it has another root at size {known.size}. "
            "This is no restore of the log. Run `monitorgen audit verify` on it, and keep it as evidence."
        )
    return Restored(origin, size, root.hex(), known.size if known.size > size else None, reason)
