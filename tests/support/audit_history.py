"""A log without a store, for tests of what is told to others: checkpoints of any size, proofs, forks."""

from hashlib import sha256

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.note import SigningKey, sign_note
from monitorgen_exporters.audit.tree import Frontier, consistency_proof, leaf_hash
from monitorgen_exporters.audit.trust import Trust, TrustedKey

__all__ = ["ORIGIN", "History"]

ORIGIN = "acme/audit/monitoring/1"


class History:
    """`size` records of a log, the same for the same `seed`; from `fork_at` on they are other ones."""

    def __init__(
        self,
        size: int = 0,
        *,
        origin: str = ORIGIN,
        fork_at: int | None = None,
        key: SigningKey | None = None,
    ) -> None:
        self.origin = origin
        self.key = key or SigningKey(origin, sha256(origin.encode()).digest())
        self.fork_at = fork_at
        self.leaves: list[bytes] = []
        self.grow(size)

    def grow(self, size: int) -> "History":
        """The same history with this many records."""
        for position in range(len(self.leaves), size):
            other = self.fork_at is not None and position >= self.fork_at
            self.leaves.append(leaf_hash(b"record %d of %d" % (position, other)))
        return self

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """The checkpoint of the first `size` records, or of all."""
        tree = Frontier()
        tree.extend(self.leaves[:size])
        return Checkpoint(self.origin, tree.size, tree.root())

    def note(self, size: int | None = None) -> bytes:
        """That checkpoint, signed."""
        return sign_note(self.checkpoint(size).text, self.key)

    def proof(self, old: int, new: int) -> list[bytes]:
        """That the first `new` records continue the first `old`."""
        return consistency_proof(old, new, self._hash_at)

    def trust(self) -> Trust:
        """A trust file's content for this log."""
        return Trust(self.origin, (TrustedKey(self.key.verifier),))

    def _hash_at(self, level: int, index: int) -> bytes:
        tree = Frontier()
        tree.extend(self.leaves[index << level : (index + 1) << level])
        return tree.root()
