"""What every anchor is: a place outside the log that keeps what the log once claimed about itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitorgen_exporters.audit.checkpoint import Checkpoint

__all__ = ["Anchor", "AnchorBehindError", "AnchorConflictError", "AnchorError", "Sighting", "Unusable"]


class AnchorError(Exception):
    """An anchor could not be reached, refused what it was sent, or answered with nonsense.

    The text says where and why, for people. Trying again later may help.
    """


class AnchorConflictError(AnchorError):
    """The anchor holds another history of this log. Trying again does not help; somebody has to look."""


class AnchorBehindError(AnchorError):
    """The anchor is well but has not come as far as this checkpoint; `holds` is the size it confirms."""

    def __init__(self, message: str, holds: int) -> None:
        super().__init__(message)
        self.holds = holds


@dataclass(frozen=True, slots=True)
class Sighting:
    """One checkpoint as a place outside the log has kept it. Its signatures have not been looked at.

    `root` holds the leading bytes of the root hash, as many as the place keeps: all 32, or the first 18 of a
    Prometheus. `seen` is when the place took it, by the place's clock; `note` the signed note, where the
    place keeps it whole.
    """

    anchor: str
    place: str
    origin: str
    size: int
    root: bytes
    seen: datetime | None = None
    note: bytes | None = None

    def agrees_with(self, root: bytes) -> bool:
        """Whether a tree of this size with this root hash is the one that was seen."""
        return root.startswith(self.root)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something an anchor keeps among the checkpoints that says nothing about the log, and why.

    An anchor yields these in place of raising, so that one damaged entry does not hide the good ones.
    """

    anchor: str
    place: str
    why: str


class Anchor(Protocol):
    """A place that takes checkpoints and tells them again."""

    @property
    def name(self) -> str:
        """What the configuration calls it; the key of its rows in the outbox and of its metrics."""

    @property
    def place(self) -> str:
        """Where it is, for people: an auditor judges by this who could have edited it."""

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:
        """Leaves the signed note there; returns once the place has confirmed that it keeps it.

        `checkpoint` is what the note says. A second call with the same note changes nothing. Returns
        signature lines to be added to the note, each with its newline: nothing, except from a witness.
        Raises AnchorError, AnchorBehindError when the place confirms only smaller sizes as yet, and
        AnchorConflictError when it holds another history.
        """

    def recorded(self) -> Iterable[Sighting | Unusable]:
        """Everything the place still holds, of any origin, the oldest first as far as the place knows.

        Raises AnchorError when it cannot be read, at once or while the result is walked.
        """
