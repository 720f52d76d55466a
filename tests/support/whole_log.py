"""Whether everything in a log's database fits together, worked out anew from the bodies alone."""

from hashlib import sha256

from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.records import read_state

__all__ = ["check_whole", "naive_root"]


def naive_root(leaves: list[bytes]) -> bytes:
    """The root of RFC 6962, section 2.1, by its own definition."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def check_whole(url: str) -> list[str]:
    """The ids in the tree, in order, when every hash and every copied column is what the bodies make it."""
    with open_store(url, readonly=True) as store, store.snapshot():
        state = read_state(store)
        found = store.query(
            "SELECT pos, id, ts, type, actor, subject, incident, severity, leaf, chain, body "
            "FROM audit_record ORDER BY pos"
        )
        nodes = {
            (level, idx): hash for level, idx, hash in store.query("SELECT level, idx, hash FROM audit_node")
        }
        checkpoints = store.query("SELECT origin, size, root, note FROM audit_checkpoint ORDER BY size")
    leaves, chain = [], bytes(32)
    for position, (pos, *copies, leaf, linked, body) in enumerate(found):
        record = decode(body)
        chain = sha256(b"\x02" + chain + leaf).digest()
        assert pos == position
        assert leaf == sha256(b"\x00" + body).digest()
        assert linked == chain
        assert copies == [
            record.id,
            record.ts,
            record.type,
            record.actor,
            record.subject,
            record.incident,
            record.severity,
        ]
        leaves.append(leaf)
    assert state.size == len(leaves)
    assert state.chain == chain
    full = {
        (level, index): naive_root(leaves[index << level : (index + 1) << level])
        for level in range(8, len(leaves).bit_length())
        for index in range(len(leaves) >> level)
    }
    assert nodes == full
    size = len(leaves)
    hashes, begin = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(naive_root(leaves[begin : begin + (1 << level)]))
            begin += 1 << level
    assert state.frontier == size.to_bytes(8, "big") + b"".join(hashes)
    for origin, sealed, root, note in checkpoints:
        claimed = claimed_checkpoint(note)
        assert (claimed.origin, claimed.size, claimed.root) == (origin, sealed, root)
        assert root == naive_root(leaves[:sealed])
    ids = [row[1] for row in found]
    assert len(set(ids)) == len(ids)
    return ids
