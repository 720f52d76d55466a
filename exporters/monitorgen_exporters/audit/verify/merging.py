"""Chunks put together again: the tree over all of them, and everything that only the whole can tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from monitorgen_exporters.audit.tree import EMPTY_ROOT, Frontier, node_hash
from monitorgen_exporters.audit.verify.checkpoints import Seal
from monitorgen_exporters.audit.verify.chunk import CHUNK, CHUNK_LEVEL, Chunk, older_by_more
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.personal_values import Missing
from monitorgen_exporters.audit.verify.report import KeyUse
from monitorgen_exporters.audit.verify.unique import Ids

__all__ = ["Foreign", "Merged", "fold"]

_KEPT: Final = 10


@dataclass(slots=True)
class Foreign:
    """Checkpoints of another origin than the log's: of the log it was restored from, if a record says so."""

    origin: str
    first_size: int
    last_size: int
    checkpoints: int = 1
    wrong: list[int] = field(default_factory=list)
    """Sizes at which the root is not this log's; the first few."""


@dataclass(slots=True)
class Merged:
    """What is known of the log up to `size`; `add` takes the next chunk."""

    origin: str
    skew: timedelta
    ids: Ids
    findings: Findings
    wanted: frozenset[int]
    """Sizes whose roots are to be kept."""
    size: int = 0
    hashed: int = 0
    hole: int | None = None
    roots: dict[int, bytes] = field(default_factory=dict)
    chain: bytes | None = None
    declaring: list[tuple[int, bytes]] = field(default_factory=list)
    pruned: list[tuple[int, int]] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    duplicates: list[tuple[str, int, int]] = field(default_factory=list)
    """Ids that an earlier chunk had too, and the positions between which they stand again."""
    backwards: list[int] = field(default_factory=list)
    """Records (or the first of their chunk) older than one before by more than the skew, one a chunk."""
    keys: dict[str, KeyUse] = field(default_factory=dict)
    held: int = 0
    """Checkpoints of this origin with a good signature and the right root."""
    unchecked: int = 0
    doubts: list[str] = field(default_factory=list)
    newest: Seal | None = None
    """The last of those."""
    cosigned: Seal | None = None
    """The last of those with as many witnesses as are asked for."""
    foreign: dict[str, Foreign] = field(default_factory=dict)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """Hashes of the subtrees above the chunks, by level and index."""
    tail: tuple[bytes, ...] = ()
    _chunks: Frontier = field(default_factory=Frontier)
    _newest_time: str = ""
    _sealed: str = ""
    """When the last checkpoint was issued, as the table says."""

    def add(self, chunk: Chunk) -> None:
        """Takes the chunk that begins where the last one ended."""
        self.findings.merge(chunk.findings)
        self.hashed += chunk.records
        self.chain = chunk.chain
        self.declaring += chunk.declaring
        self.missing += chunk.missing
        self._add_pruned(chunk.pruned)
        self.duplicates += ((id_, chunk.start, chunk.end) for id_ in self.ids.add(chunk.ids))
        self._add_times(chunk)
        known = chunk.end if chunk.hole is None else chunk.hole
        if self.hole is None:
            self.roots.update(
                (size, self._root(hashes)) for size, hashes in chunk.hashes.items() if size in self.wanted
            )
        for seal in chunk.seals:
            self._add_seal(seal, chunk, known)
        if self.hole is None:
            self.hole = chunk.hole
        if self.hole is None:
            self._add_subtree(chunk)
        self.size = chunk.end

    def root(self) -> bytes | None:
        """Root over all records; None when a leaf hash is missing."""
        return None if self.hole is not None else fold((*self._chunks.hashes, *self.tail))

    def frontier(self) -> Frontier | None:
        """The full subtrees of all records."""
        return None if self.hole is not None else Frontier(self.size, [*self._chunks.hashes, *self.tail])

    def _root(self, hashes: Sequence[bytes]) -> bytes:
        return fold((*self._chunks.hashes, *hashes))

    def _add_subtree(self, chunk: Chunk) -> None:
        if chunk.end - chunk.start < CHUNK:
            self.tail = chunk.hashes[chunk.end]
            return
        (root,) = chunk.hashes[chunk.end]
        self.nodes.update(
            ((level + CHUNK_LEVEL, at), made) for level, at, made in self._chunks.extend([root], nodes_from=1)
        )

    def _add_pruned(self, runs: Iterable[tuple[int, int]]) -> None:
        for start, end in runs:
            if self.pruned and self.pruned[-1][1] == start:
                self.pruned[-1] = (self.pruned[-1][0], end)
            else:
                self.pruned.append((start, end))

    def _add_times(self, chunk: Chunk) -> None:
        if not chunk.oldest:
            return
        if chunk.backwards is not None:
            self.backwards.append(chunk.backwards)
        elif self._newest_time and older_by_more(chunk.oldest, self._newest_time, self.skew):
            self.backwards.append(chunk.start)
        self._newest_time = max(self._newest_time, chunk.newest)

    def _add_seal(self, seal: Seal, chunk: Chunk, known: int) -> None:
        """A checkpoint against the root that the records give."""
        if seal.size > known or self.hole is not None:
            self.unchecked += 1
            return
        made = self._root(chunk.hashes[seal.size]) if seal.size else EMPTY_ROOT
        if seal.origin != self.origin:
            self._add_foreign(seal, made)
            return
        if made != seal.root:
            since = self.newest.size if self.newest else 0
            self.findings.add(
                Finding.within(
                    since,
                    seal.size,
                    Kind.ROOT,
                    f"the records do not give the root of the checkpoint of size {seal.size}"
                    + (f", while they gave that of size {since}" if self.newest else ""),
                )
            )
            return
        if seal.doubt and len(self.doubts) < _KEPT:
            self.doubts.append(seal.doubt)
        if not seal.good:
            return
        if self._sealed and older_by_more(seal.ts, self._sealed, self.skew):
            self.findings.add(
                Finding.within(
                    self.newest.size if self.newest else 0,
                    seal.size,
                    Kind.WENT_BACK,
                    f"the checkpoint of size {seal.size} was issued at {seal.ts}, before a smaller one at "
                    f"{self._sealed}: the log had been longer before",
                )
            )
        self._sealed = max(self._sealed, seal.ts)
        self.held += 1
        self.newest = seal
        if seal.quorum:
            self.cosigned = seal
        for name, key_id in seal.signers:
            use = self.keys.get(key_id) or KeyUse(name, key_id, seal.size, seal.size, 0)
            self.keys[key_id] = KeyUse(name, key_id, use.first_size, seal.size, use.checkpoints + 1)

    def _add_foreign(self, seal: Seal, made: bytes) -> None:
        found = self.foreign.get(seal.origin)
        if found is None:
            found = self.foreign[seal.origin] = Foreign(seal.origin, seal.size, seal.size, 0)
        found.checkpoints += 1
        found.last_size = seal.size
        if made != seal.root and len(found.wrong) < _KEPT:
            found.wrong.append(seal.size)


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root over full subtrees, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in hashes[-2::-1]:
        root = node_hash(left, root)
    return root
