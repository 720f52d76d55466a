"""What a log sends to a witness and what comes back: the texts of C2SP tlog-witness."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LARGEST", "BadSubmission", "Submission", "format_submission", "parse_submission"]

LARGEST: Final = 64 * 1024
"""Bytes of a submission: 63 hashes are 2,835, the rest is room for a note with many signatures."""

_MOST_HASHES: Final = 63
_OLD: Final = re.compile(rb"old (0|[1-9][0-9]{0,18})\Z")


class BadSubmission(ValueError):  # noqa: N818 - it names what the witness was sent
    """The text is no submission; the message says where it departs from one."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint's note, and the proof that it continues the tree of size `old`."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def format_submission(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of `POST add-checkpoint`."""
    lines = [b"old %d" % old, *(base64.b64encode(part) for part in proof), b""]
    return b"".join(line + b"\n" for line in lines) + note


def parse_submission(body: bytes) -> Submission:
    """The submission that the body is. Raises BadSubmission; the note itself is not looked into."""
    if len(body) > LARGEST:
        raise BadSubmission(f"longer than {LARGEST} bytes")
    head, blank, note = body.partition(b"\n\n")
    if not blank:
        raise BadSubmission("no empty line between the proof and the checkpoint")
    first, *hashes = head.split(b"\n")
    old = _OLD.match(first)
    if old is None:
        raise BadSubmission("the first line is not `old` and a size in decimal")
    if len(hashes) > _MOST_HASHES:
        raise BadSubmission(f"more than {_MOST_HASHES} lines of proof")
    proof = tuple(_hash(number, line) for number, line in enumerate(hashes, start=2))
    return Submission(int(old[1]), proof, note)


def _hash(number: int, line: bytes) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except binascii.Error:
        raise BadSubmission(f"line {number} is not base64") from None
    # The last letter has two bits to spare; only one spelling of a hash is one.
    if len(found) != 32 or base64.b64encode(found) != line:
        raise BadSubmission(f"line {number} is not a hash of 32 bytes in base64")
    return found
