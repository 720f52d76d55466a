"""The Merkle tree of RFC 6962 (section 2.1): hashes, the frontier of a growing log, and proofs.

Verifying derives the whole shape of a proof from index and size; a proof of any other length is refused, so
the prover has no say in how it is read. Nothing here does I/O: proofs take a function
`hash_at(level, index)` that gives the hash of the full subtree over the leaves
`[index << level, (index + 1) << level)`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self, TypeAlias

__all__ = [
    "EMPTY_ROOT",
    "FIRST_CHAIN",
    "Frontier",
    "HashAt",
    "Node",
    "ProofError",
    "chain_hash",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "verify_consistency",
    "verify_inclusion",
]

HashAt: TypeAlias = Callable[[int, int], bytes]
Node: TypeAlias = tuple[int, int, bytes]
"""Level, index on that level, and hash of one full subtree."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves."""

FIRST_CHAIN = bytes(32)
"""What stands in the chain before the first record."""

_NO_LEVEL = 64


class ProofError(ValueError):
    """The proof does not prove what it was given for."""


def leaf_hash(body: bytes) -> bytes:
    """Hash of one record as a leaf: SHA-256(0x00 || body)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash over two subtrees: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """Next value of the hash chain kept beside the tree: SHA-256(0x02 || previous || leaf).

    The chain starts from `FIRST_CHAIN`. It can be recomputed in plain SQL; no proof ever rests on it.
    """
    return sha256(b"\x02" + previous + leaf).digest()


@dataclass(slots=True)
class Frontier:
    """The compact state of a log of `size` leaves: hashes of its full subtrees, the largest first.

    There is one hash for each bit set in `size`; they are enough to append and to give the root.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size = self.size
        while size & 1:
            leaf = sha256(b"\x01" + self.hashes.pop() + leaf).digest()
            size >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes], *, nodes_from: int = _NO_LEVEL) -> list[Node]:
        """Add leaf hashes in order; returns the full subtrees of level `nodes_from` and above it completed.

        Works level by level, which is faster than appending one by one.
        """
        level_hashes = list(leaves)
        size = self.size
        self.size += len(level_hashes)
        kept: list[Node] = []
        lower: list[bytes] = []
        level = 0
        while level_hashes:
            if size & 1:
                level_hashes.insert(0, self.hashes.pop())
            if len(level_hashes) & 1:
                lower.append(level_hashes.pop())
            pairs = iter(level_hashes)
            level_hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs)]  # noqa: B905
            size >>= 1
            level += 1
            if level >= nodes_from:
                kept.extend((level, size + offset, made) for offset, made in enumerate(level_hashes))
        self.hashes.extend(reversed(lower))
        return kept

    def root(self) -> bytes:
        """Root hash of the tree over all leaves so far."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> "Frontier":
        """A frontier of its own with the same leaves."""
        return Frontier(self.size, list(self.hashes))

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian) and hashes, for keeping."""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """The frontier `to_bytes` made.

        Raises:
            ValueError: if the number of hashes does not belong to the size.
        """
        size = int.from_bytes(kept[:8], "big")
        if len(kept) != 8 + 32 * size.bit_count():
            raise ValueError(f"a frontier of {size} leaves has not {len(kept)} bytes")
        return cls(size, [kept[at : at + 32] for at in range(8, len(kept), 32)])


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Hashes from the leaf's sibling up that prove the leaf at `index` in a tree of `size` leaves.

    Raises:
        ValueError: if the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a log of {size} records has no index {index}")
    proof = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(_range_root(middle, end, hash_at))
            end = middle
        else:
            proof.append(_range_root(begin, middle, hash_at))
            begin = middle
    proof.reverse()
    return proof


def consistency_proof(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """Hashes that prove that the first `old` leaves of a tree of `new` leaves are the old tree.

    Raises:
        ValueError: if `old` is 0 (nothing to prove) or greater than `new`.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof leads from size {old} to size {new}")
    proof = []
    begin, end = 0, new
    # While old cuts through the range, the half without the cut goes into the proof (RFC 6962, 2.1.2).
    while old < end:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(_range_root(middle, end, hash_at))
            end = middle
        else:
            proof.append(_range_root(begin, middle, hash_at))
            begin = middle
    # The remaining range ends at old. The verifier knows its root only if it is the whole old tree.
    if begin:
        proof.append(_range_root(begin, end, hash_at))
    proof.reverse()
    return proof


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return only if the proof shows the leaf hash at `index` in the tree of that size and root.

    Raises:
        ProofError: if it does not, whatever the reason.
    """
    if not 0 <= index < size:
        raise ProofError(f"a log of {size} records has no index {index}")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    _check_hashes((leaf, root, *proof))
    _check_length(proof, inner + border)
    made = leaf
    for level, part in enumerate(proof[:inner]):
        made = node_hash(part, made) if index >> level & 1 else node_hash(made, part)
    for part in proof[inner:]:
        made = node_hash(part, made)
    if made != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return only if the proof shows that the old tree is the beginning of the new one.

    Raises:
        ProofError: if it does not, and for an old size of 0: an empty log begins every log, so that would
            prove nothing.
    """
    if not 0 < old_size <= new_size:
        raise ProofError(f"no consistency proof leads from size {old_size} to size {new_size}")
    _check_hashes((old_root, new_root, *proof))
    if old_size == new_size:
        _check_length(proof, 0)
        if old_root != new_root:
            raise ProofError(f"two different roots for one size of {old_size}")
        return
    # The last full subtree of the old tree is where both paths begin.
    shift = (old_size & -old_size).bit_length() - 1
    last = (old_size - 1) >> shift
    inner = (last ^ ((new_size - 1) >> shift)).bit_length()
    border = (last >> inner).bit_count()
    whole = old_size == 1 << shift
    _check_length(proof, inner + border + (0 if whole else 1))
    seed, path = (old_root, proof) if whole else (proof[0], proof[1:])
    old_made = new_made = seed
    for level, part in enumerate(path[:inner]):
        if last >> level & 1:
            old_made = node_hash(part, old_made)
            new_made = node_hash(part, new_made)
        else:
            new_made = node_hash(new_made, part)
    for part in path[inner:]:
        old_made = node_hash(part, old_made)
        new_made = node_hash(part, new_made)
    if old_made != old_root:
        raise ProofError(f"the consistency proof leads to another root at the old size of {old_size}")
    if new_made != new_root:
        raise ProofError(f"the consistency proof leads to another root at the new size of {new_size}")


def _split(count: int) -> int:
    """Largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(begin: int, end: int, hash_at: HashAt) -> bytes:
    """Root over the leaves [begin, end); begin is a multiple of the power of two that holds the range."""
    full: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        full.append(hash_at(level, begin >> level))
        begin += 1 << level
    root = full.pop()
    while full:
        root = node_hash(full.pop(), root)
    return root


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for one in hashes:
        if len(one) != 32:
            raise ProofError(f"a SHA-256 hash has 32 bytes, not {len(one)}")


def _check_length(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected:
        raise ProofError(f"the proof has {len(proof)} hashes where index and size ask for {expected}")
