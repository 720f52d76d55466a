"""Checkpoints as C2SP specifies them (c2sp.org/tlog-checkpoint): what a log says about itself at one size."""

import base64
import re
from dataclasses import dataclass
from typing import Self

from monitorgen_exporters.audit.note import NoteError, decode_base64, read_note

__all__ = ["MAX_SIZE", "Checkpoint", "Origin", "claimed_checkpoint", "parse_checkpoint"]

MAX_SIZE = 2**63 - 1

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}").fullmatch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Root hash of the log `origin` when it held `size` records."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Lines below the root, which other logs may have; ours has none."""

    def __post_init__(self) -> None:
        if not self.origin or any(char < " " for char in self.origin):
            raise NoteError("the origin of a checkpoint is one line of text")
        if not 0 <= self.size <= MAX_SIZE:
            raise NoteError(f"{self.size} is no size of a log")
        if len(self.root) != 32:
            raise NoteError(f"the root of a checkpoint has 32 bytes, not {len(self.root)}")
        if any(not line or any(char < " " for char in line) for line in self.extensions):
            raise NoteError("the lines below the root are not empty, and one line each")

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """The parts of our origins, `<org>/audit/<log>/<incarnation>`; a restored log is a new incarnation."""

    org: str
    log: str
    incarnation: int = 1

    def __post_init__(self) -> None:
        if not all(_WORD(part) for part in self.org.split("/")):
            raise NoteError(f"{self.org[:60]!r} is no name of an organisation, like example.org")
        if not _WORD(self.log):
            raise NoteError(f"{self.log[:60]!r} is no name of a log: letters, digits, dot, dash, underline")
        if not 1 <= self.incarnation <= MAX_SIZE:
            raise NoteError("incarnations are counted from 1")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The parts of an origin of ours.

        Raises:
            NoteError: if it is not of the form.
        """
        parts = text.rsplit("/", 3)
        if len(parts) != 4 or parts[1] != "audit" or not _SIZE(parts[3]):
            raise NoteError(f"the origin {text[:100]!r} is not of the form <org>/audit/<log>/<incarnation>")
        return cls(parts[0], parts[2], int(parts[3]))

    def __str__(self) -> str:
        return f"{self.org}/audit/{self.log}/{self.incarnation}"

    def next(self) -> "Origin":
        """The origin of the next incarnation."""
        return Origin(self.org, self.log, self.incarnation + 1)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in the text of a note.

    Raises:
        NoteError: if it is not of the form; a text has one checkpoint and a checkpoint one text.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise NoteError("a checkpoint has three lines: origin, size, root")
    origin, size, root, *extensions = lines
    if not _SIZE(size):
        raise NoteError(f"{size[:30]!r} is no size of a log")
    return Checkpoint(origin, int(size), decode_base64(root), tuple(extensions))


def claimed_checkpoint(note: bytes) -> Checkpoint:
    """The checkpoint a note claims, with no signature verified.

    Raises:
        NoteError: if it is no note of a checkpoint.
    """
    return parse_checkpoint(read_note(note).text)
