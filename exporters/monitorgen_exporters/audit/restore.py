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
from monitorgen_exporters.audit.guard import Guard, GuardRefusal
from monitorgen_exporters.audit.issuing import Signer, check_guard
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.recovery import Tip
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.store import Store, open_store
from monitorgen_exporters.audit.store.errors import Locked, Refused
from monitorgen_exporters.audit.store.records import read_state

__all__ = ["Incarnation", "Whole", "restore"]


class Whole(Refused):
    """Nothing that was signed for is lost, and the signer goes on with the log as it is."""


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


def restore(
    url: str, signer: Signer, known: Checkpoint, *, operator: str, reason: str, even_if_whole: bool = False
) -> Incarnation:
    """Gives the restored log at `url` its next incarnation, and seals its first record.

    `known` is the newest checkpoint of the old origin that an anchor holds. Killed at any point, the same
    call goes on where it was, and changes nothing where all was done. Raises Whole, unless `even_if_whole`,
    when nothing is lost; Refused when the copy contradicts that checkpoint, which no honest copy does; Locked
    while another process has the log open; GuardError and StoreError.
    """
    with open_store(url) as store:
        if not store.try_sequencer():
            raise Locked(f"Another process has the log at {store.place} open: stop it first.")
        sequencer = Sequencer(store)
        begun = _begun(store, known, reason)
        before = begun or _what_is_there(store, sequencer.tip, known, reason)
        if begun is None and before.known_size is None and not even_if_whole:
            _refuse_whole(store, signer.guard, before)
        origin = str(Origin.parse(before.origin).next())
        # Together: under the old origin, another record than the one that was signed there would be a fork.
        with sequencer.transaction() as entries:
            if begun is None:
                entries.append(
                    new_entry(
                        type=LOG_RESTORED,
                        actor=operator,
                        subject=f"log:{before.origin}",
                        data=before.data(),
                    )
                )
            store.execute("UPDATE audit_state SET origin = ? WHERE one = 1", [origin])
            # Of the old incarnation nobody is told any more; what its anchors hold stays there.
            store.execute("DELETE FROM audit_outbox WHERE done_ts IS NULL AND origin <> ?", [origin])
        tree = sequencer.tip.frontier
        # A guard that does not know an origin that was sealed has been lost: that is for another restore.
        if not _sealed(store, origin) and signer.guard.last_signed(origin) is None:
            signer.guard.begin(Checkpoint(origin, tree.size, tree.root()))
    with AuditLog.open(url, signer=signer, background=False) as log:
        note = log.checkpoint()
    assert note is not None
    return Incarnation(origin, before, note)


def _begun(store: Store, known: Checkpoint, reason: str) -> Restored | None:
    """What the same restore recorded before: the log has its new origin already."""
    found = store.query(
        "SELECT body FROM audit_record WHERE type = ? ORDER BY pos DESC LIMIT 1", [LOG_RESTORED]
    )
    if not found:
        return None
    ((body,),) = found
    said = Restored.read(decode(body))
    renamed = read_state(store).origin == str(Origin.parse(said.origin).next())
    again = said.origin == known.origin and said.reason == reason
    return said if again and renamed else None


def _sealed(store: Store, origin: str) -> bool:
    return bool(store.query("SELECT 1 FROM audit_checkpoint WHERE origin = ? LIMIT 1", [origin]))


def _refuse_whole(store: Store, guard: Guard, there: Restored) -> None:
    try:
        check_guard(store, guard)
    except GuardRefusal:
        return  # the signer cannot go on with it
    raise Whole(
        f"The log at {store.place} has lost nothing that was signed for: its {there.size} records hold the "
        "checkpoint, and the guard signs for it as it is. It needs no restore: go on with it"
    )


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
