"""What a verification found, as values: the report that text and JSON are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from monitorgen_exporters.audit.verify.findings import Finding, Findings

__all__ = [
    "GUARD_IGNORANT",
    "GUARD_UNREADABLE",
    "AnchorView",
    "Erasure",
    "GuardView",
    "KeyUse",
    "Pruning",
    "Report",
    "Restore",
    "Tail",
    "Verdict",
    "Witnessed",
]


class Verdict(IntEnum):
    """How a verification ended; the value is the exit code."""

    ANCHORED = 0
    """Intact, and a place outside the log says the same."""
    TAMPERED = 1
    UNANCHORED = 3
    """Intact, but nobody outside was compared, or what they know is old."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key that signed checkpoints, and over which sizes."""

    name: str
    key_id: str
    first_size: int
    last_size: int
    checkpoints: int


@dataclass(frozen=True, slots=True)
class Tail:
    """Records after the newest checkpoint that holds; `oldest` is the time of the first of them."""

    start: int
    records: int
    oldest: str | None
    age_seconds: float | None


GUARD_UNREADABLE = "could not be read"
"""The verdict on a guard file that was named and says nothing."""

GUARD_IGNORANT = "knows nothing of this log"
"""The verdict on a guard file that was named and is of other logs, or of none."""


@dataclass(frozen=True, slots=True)
class GuardView:
    """What the signer's own memory says: the size it last signed, and whether the log agrees."""

    place: str
    size: int | None
    verdict: str


@dataclass(frozen=True, slots=True)
class AnchorView:
    """One place outside the log, and what it has to say."""

    name: str
    place: str
    verdict: str
    """`agrees`, `stale`, `disagrees`, `uncompared` (what it has seen lies beyond a missing record), `empty`
    (knows nothing of this log) or `unreachable`."""
    compared: int
    newest_size: int | None = None
    newest_seen: str | None = None
    unanchored_seconds: float | None = None
    """Age of the oldest record the place has not seen; 0 when it has seen all."""
    unusable: int = 0
    other_origins: int = 0
    note: str = ""
    uncompared: int = 0
    """Checkpoints it has seen whose root could not be made from the records."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Cosignatures on stored checkpoints: the newest size with as many witnesses as the trust file asks."""

    quorum: int
    known: tuple[str, ...]
    size: int | None
    witnesses: tuple[str, ...] = ()
    age_seconds: float | None = None
    """Since the quorum cosigned it, by the witnesses' clocks."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Records `[start, end)` whose bodies are gone, by the declaration at `declared` if there is one."""

    start: int
    end: int
    declared: int | None
    archive: str | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """Personal fields of a record that were erased, by the record at `declared`."""

    position: int
    id: str
    fields: tuple[str, ...]
    declared: int


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore that the record at `position` declares."""

    position: int
    origin: str
    size: int
    known_size: int | None
    reason: str


@dataclass(slots=True)
class Report:
    """All of it. `findings` are faults; `warnings` are worth reading and no fault of the log."""

    place: str
    origin: str
    incarnation: str
    hashes_only: bool = False
    size: int = 0
    root: str = ""
    """Root over all records, in base64, as a checkpoint writes it; empty when it could not be made."""
    checked: int = 0
    """Records looked at: all of the log that could be read."""
    hashed: int = 0
    """Bodies hashed; the others were pruned."""
    seconds: float = 0.0
    checkpoints: int = 0
    """Checkpoints that hold: signature, key and root."""
    checkpoints_unchecked: int = 0
    """Checkpoints whose root could not be compared, because a leaf hash before them is missing."""
    checkpoints_past_gap: int = 0
    """Of those that hold, how many hold by the kept hash of a block that records are missing from."""
    unproven: tuple[tuple[int, int], ...] = ()
    """Below those, the positions `[start, end)` that no compared root covers: what is left of such blocks."""
    newest_checkpoint: int | None = None
    keys: tuple[KeyUse, ...] = ()
    tail: Tail | None = None
    intake_records: int = 0
    intake_oldest: str | None = None
    intake_age_seconds: float | None = None
    guard: GuardView | None = None
    anchors: tuple[AnchorView, ...] = ()
    witnessed: Witnessed | None = None
    prunings: tuple[Pruning, ...] = ()
    erased_fields: int = 0
    erasures: tuple[Erasure, ...] = ()
    """The first of them."""
    restores: tuple[Restore, ...] = ()
    declared: Mapping[str, int] = field(default_factory=dict)
    """How many records of each type say what was done to the log itself."""
    findings: Findings = field(default_factory=Findings)
    warnings: list[str] = field(default_factory=list)
    not_proven: str = ""
    verdict: Verdict = Verdict.UNANCHORED

    @property
    def first(self) -> Finding | None:
        """What is wrong first."""
        return self.findings.first
