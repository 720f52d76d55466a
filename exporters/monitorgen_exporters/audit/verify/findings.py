"""What can be wrong with a log: the kinds, one finding, and the collection that stays small."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Finding", "Findings", "Kind"]


class Kind(StrEnum):
    """What is wrong. The value is the word in reports; of several at one place, the first here leads."""

    TABLE = "table-missing"
    GAP = "gap"
    BODY = "body-mismatch"
    NOT_CANONICAL = "not-canonical"
    MALFORMED = "malformed-record"
    PRUNED = "pruned-without-record"
    COLUMN = "column-mismatch"
    CHAIN = "chain-mismatch"
    DUPLICATE_ID = "duplicate-id"
    PRUNE_FALSE = "false-prune-record"
    ERASED = "erased-without-record"
    OPENING = "commitment-mismatch"
    STRAY = "stray-personal-value"
    TRUNCATED = "truncated"
    ROOT = "root-mismatch"
    ROLLED_BACK = "rolled-back"
    FORK = "fork"
    REMOVED = "checkpoint-removed"
    NOTE = "bad-checkpoint"
    SIGNATURE = "bad-signature"
    UNSIGNED = "missing-signature"
    KEY_RANGE = "key-out-of-range"
    ORIGIN = "wrong-origin"
    WENT_BACK = "size-went-back"
    SEAL = "seal-missing"
    RESTORED = "restore-without-record"
    NODE = "node-mismatch"
    STATE = "state-mismatch"
    HISTORY = "unrecorded-change"


_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in the records `[start, end)`, of which the first bad one cannot lie later.

    In order, the earlier end goes first, and of two with one end the narrower: a record named exactly goes
    before the checkpoint that covers it. With no record in the range, it is about no position of the log.
    """

    end: int
    start: int
    kind: Kind
    message: str
    evidence: tuple[str, ...] = ()

    def __lt__(self, other: "Finding") -> bool:
        return self._place() < other._place()

    def _place(self) -> tuple[int, int, int, str]:
        return self.end, -self.start, _ORDER[self.kind], self.message

    @classmethod
    def at(cls, position: int, kind: Kind, message: str, *evidence: str) -> "Finding":
        """A finding about one record."""
        return cls(position + 1, position, kind, message, evidence)

    @classmethod
    def nowhere(cls, kind: Kind, message: str) -> "Finding":
        """A finding about no position of the log."""
        return cls(0, 0, kind, message)

    @classmethod
    def within(cls, start: int, end: int, kind: Kind, message: str, *evidence: str) -> "Finding":
        """A finding about some record of `[start, end)`."""
        return cls(max(end, start + 1), start, kind, message, evidence)


@dataclass(slots=True)
class Findings:
    """All findings by kind: how many, and the first `KEPT` of each, so that a ruined log costs no memory."""

    KEPT = 10

    counts: dict[Kind, int] = field(default_factory=dict)
    _kept: dict[Kind, list[Finding]] = field(default_factory=dict)

    def add(self, found: Finding) -> None:
        """Counts a finding, and keeps it if it is among the first of its kind."""
        kept = self._kept.setdefault(found.kind, [])
        self.counts[found.kind] = self.counts.get(found.kind, 0) + 1
        kept.append(found)
        if len(kept) > self.KEPT:
            kept.sort()
            kept.pop()

    def extend(self, found: Iterable[Finding]) -> None:
        """Adds several."""
        for one in found:
            self.add(one)

    def merge(self, other: "Findings") -> None:
        """Adds what another collection found."""
        for kind, count in other.counts.items():
            kept = sorted([*self._kept.get(kind, ()), *other._kept[kind]])
            self._kept[kind] = kept[: self.KEPT]
            self.counts[kind] = self.counts.get(kind, 0) + count

    def __iter__(self) -> Iterator[Finding]:
        """The kept findings, the first bad position first."""
        return iter(sorted(one for kept in self._kept.values() for one in kept))

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __len__(self) -> int:
        return sum(self.counts.values())

    @property
    def first(self) -> Finding | None:
        """What is wrong first in the log, named as exactly as is known."""
        return next(iter(self), None)
