"""From settings to anchors: which there are by name, before any of them is opened."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from monitorgen_exporters.audit.anchors.base import Anchor, AnchorError, Sighting, Unusable
from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.records import hash_reader, read_state
from monitorgen_exporters.audit.tree import consistency_proof

__all__ = ["Fed", "Planned", "ProofBetween", "Surroundings", "clone_of"]

ProofBetween = Callable[[int, int], Sequence[bytes]]
"""The consistency proof from one size to a larger one of the log, as `tree.consistency_proof` makes it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What anchors need to know of the log they serve.

    `clone` is a folder for the git anchor's memory; None where nothing may be kept, as for an auditor.
    """

    origin: str
    proof: ProofBetween
    clone: Path | None = None

    @classmethod
    def of(cls, store: Store, clone: Path | None = None) -> Self:
        """Those of the log in a store, which must stay open as long as the anchors are used."""
        return cls(
            read_state(store).origin,
            lambda old, new: consistency_proof(old, new, hash_reader(store)),
            clone,
        )

    @property
    def log(self) -> str:
        """The origin without its incarnation."""
        return self.origin.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Fed:
    """An open anchor, and the least time between two checkpoints it is sent."""

    anchor: Anchor
    every: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Planned:
    """An anchor that the settings ask for. `open` raises AnchorError when it cannot be used here."""

    name: str
    every: timedelta
    open: Callable[[Surroundings], Anchor]

    def fed(self, around: Surroundings) -> Fed:
        """The anchor, opened, and when to feed it; one that cannot be opened says why at every use."""
        try:
            return Fed(self.open(around), self.every)
        except AnchorError as problem:
            return Fed(_Unavailable(self.name, str(problem)), self.every)


@dataclass(frozen=True, slots=True)
class _Unavailable:
    """In the place of an anchor that cannot be used here: a package is missing, or a setting is wrong."""

    name: str
    why: str

    @property
    def place(self) -> str:
        return "(cannot be used here)"

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:  # noqa: ARG002 - the anchors' signature
        raise AnchorError(self.why)

    def recorded(self) -> Iterable[Sighting | Unusable]:
        raise AnchorError(self.why)


def clone_of(guard: str) -> Path:
    """Where the git anchor remembers what it saw: with the guard, which is the signer's memory too."""
    return Path(guard).with_name("anchor-git")
