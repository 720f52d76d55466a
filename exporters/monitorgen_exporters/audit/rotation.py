"""Another key: in good order, signed over by both, or because the old one may be in other hands."""

from dataclasses import replace

from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.declared import KEY_ROTATED, Rotated
from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.note import SigningKey, VerifierKey
from monitorgen_exporters.audit.retention import in_the_tree
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.errors import Locked
from monitorgen_exporters.audit.store.records import read_state
from monitorgen_exporters.audit.trust import Trust, TrustedKey

__all__ = ["replace_compromised", "rotate"]


def rotate(url: str, signer: Signer, new: SigningKey, trust: Trust, *, operator: str, reason: str) -> Trust:
    """Records the new key, seals it with a checkpoint that both keys sign; returns the trust from then on.

    Afterwards the new key signs alone: give it to the service. Raises Locked while another process has the
    log open, since that would go on with the old key; TrustError, GuardError and StoreError.
    """
    # Before anything is written: whether the trust file can take the key. Sizes only grow, so any will do.
    trust.rotated(new.verifier, max(key.from_size for key in trust.keys))
    old = signer.keys[0].verifier
    both = replace(signer, keys=(*signer.keys, new))
    size = _recorded(url, both, Rotated(str(new.verifier), str(old), reason=reason), operator)
    return trust.rotated(new.verifier, size)


def replace_compromised(
    url: str,
    signer: Signer,
    old: VerifierKey,
    last_good_size: int,
    trust: Trust,
    *,
    operator: str,
    reason: str,
) -> Trust:
    """Records that `old` is believed no further than `last_good_size`, signs with the new key alone, and
    returns the trust from then on.

    `signer` has the new key. The checkpoints that the old key signed beyond that size prove nothing any more
    and are dropped; the records stay, under the new key's checkpoint, and what they were at the time is shown
    by no one. Raises as `rotate` does.
    """
    new = signer.keys[0].verifier
    # Before anything is written: whether the ranges fit together.
    after = trust.compromised(old, last_good_size)
    after = replace(after, keys=(*after.keys, TrustedKey(new, last_good_size + 1)))
    size = _recorded(url, signer, Rotated(str(new), str(old), True, reason), operator)
    with open_store(url) as store:
        origin = read_state(store).origin
        with store.transaction():
            for table in ("audit_checkpoint", "audit_outbox"):
                store.execute(
                    f"DELETE FROM {table} WHERE origin = ? AND size > ? AND size < ?",  # noqa: S608
                    (origin, last_good_size, size),
                )
    return after


def _recorded(url: str, signer: Signer, said: Rotated, operator: str) -> int:
    """Appends the record and seals it; the size of the checkpoint."""
    with AuditLog.open(url, signer=signer, background=False) as log, open_store(url, readonly=True) as store:
        if not log.status().sequencing:
            raise Locked(
                f"Another process has the log at {store.place} open and would go on signing with the old "
                "key: stop it, change the key, and start it with the new one."
            )
        name, key_id, _ = said.new.split("+", 2)
        (id_,) = log.declare(
            [new_entry(type=KEY_ROTATED, actor=operator, subject=f"key:{name}+{key_id}", data=said.data())]
        )
        in_the_tree(store, id_)
        note = log.checkpoint()
    assert note is not None
    return claimed_checkpoint(note).size
