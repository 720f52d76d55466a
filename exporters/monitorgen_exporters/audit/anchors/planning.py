"""From settings to anchors: which there are by name, before any of them is opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitorgen_exporters.audit.anchors.base import Anchor

__all__ = ["Fed", "Planned", "ProofBetween", "Surroundings"]

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
        """The anchor, opened, and when to feed it."""
        return Fed(self.open(around), self.every)
