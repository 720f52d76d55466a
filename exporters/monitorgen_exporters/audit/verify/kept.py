"""A checkpoint that whoever verifies has kept: a note from an archived mail, or size and root on paper."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitorgen_exporters.audit.anchors.base import AnchorError, Sighting
from monitorgen_exporters.audit.checkpoint import Checkpoint, claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError, decode_base64

__all__ = ["Kept", "kept_note", "kept_root"]

_SIZE_AND_ROOT = re.compile(r"\s*([0-9][0-9,]{0,24})\s+(\S+)\s*").fullmatch
_HEX = re.compile(r"[0-9a-fA-F]{64}").fullmatch


@dataclass(frozen=True, slots=True)
class Kept:
    """An anchor of one checkpoint, which is held by whoever verifies."""

    name: str
    place: str
    checkpoint: Checkpoint
    note: bytes | None = None
    """The signed note; without one, who kept size and root vouches for them."""

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:  # noqa: ARG002
        """Raises AnchorError: nothing can be left there."""
        raise AnchorError(f"{self.place} only tells what it holds")

    def recorded(self) -> Iterator[Sighting]:
        """The one checkpoint."""
        said = self.checkpoint
        yield Sighting(self.name, self.place, said.origin, said.size, said.root, note=self.note)


def kept_root(text: str, name: str, place: str, origin: str) -> Kept | None:
    """The size and root that the text is made of, taken to be of that origin; None for any other text.

    The root is in base64, as reports show it, or in hexadecimal. Raises NoteError for a root or size that
    cannot be one.
    """
    found = _SIZE_AND_ROOT(text)
    if found is None:
        return None
    size, root = found.groups()
    hashed = bytes.fromhex(root) if _HEX(root) else decode_base64(root)
    return Kept(name, place, Checkpoint(origin, int(size.replace(",", "")), hashed))


def kept_note(text: bytes, name: str, place: str) -> Kept:
    """The signed note in the text; blank lines around it and the line ends of mail do not matter.

    No signature is verified. Raises NoteError when there is none.
    """
    note = text.replace(b"\r\n", b"\n").strip() + b"\n"
    try:
        return Kept(name, place, claimed_checkpoint(note), note)
    except NoteError as problem:
        raise NoteError(f"neither a size and a root nor the signed note of a checkpoint: {problem}") from None
