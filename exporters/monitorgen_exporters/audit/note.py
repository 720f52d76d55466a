"""Signed notes as C2SP specifies them (c2sp.org/signed-note and tlog-cosignature): made, read, verified.

A note is a text, an empty line, and a line for each signature. Reading is strict: signatures by keys not
asked for are left alone, but one bad signature by a key asked for spoils the whole note, as does a line that
is not exactly of the form.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitorgen_exporters.audit.note_keys import (
    COSIGNATURE_V1,
    ED25519,
    NoteError,
    SigningKey,
    VerifierKey,
    check_key_name,
    decode_base64,
)

__all__ = [
    "COSIGNATURE_V1",
    "ED25519",
    "MAX_NOTE_BYTES",
    "MAX_SIGNATURES",
    "Note",
    "NoteError",
    "Signature",
    "SigningKey",
    "UnreadNote",
    "VerifierKey",
    "add_signatures",
    "decode_base64",
    "open_note",
    "read_note",
    "sign_note",
    "signature_line",
]

MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 100

_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose it claims to be, and its bytes."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class UnreadNote:
    """A note of the right form, of which no signature has been looked at: nothing in it may be believed."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A note with at least one good signature by a key asked for."""

    text: str
    verified: tuple[VerifierKey, ...]
    """Keys whose signature is good, in the order of the lines."""
    unknown: tuple[Signature, ...]
    """Signatures by keys not asked for; nothing is known about them."""
    times: Mapping[VerifierKey, int] = field(default_factory=dict)
    """When each witness among `verified` signed, in seconds since 1970."""


def sign_note(text: str, *keys: SigningKey) -> bytes:
    """The note of a text with one signature by each key.

    Raises:
        NoteError: if the text has no final newline, holds control characters, or the note gets too long.
    """
    if not keys:
        raise NoteError("a note needs at least one signature")
    _check_text(text)
    lines = [signature_line(text, key) for key in keys]
    note = text.encode() + b"\n" + b"".join(lines)
    read_note(note)
    return note


def signature_line(text: str, key: SigningKey, *, at: int | None = None) -> bytes:
    """The line, with its newline, that a key adds under the text of a note; `at` as in `SigningKey.sign`."""
    value = key.verifier.key_id + key.sign(text.encode(), at=at)
    return f"{_DASH}{key.name} {base64.b64encode(value).decode()}\n".encode()


def add_signatures(note: bytes, lines: bytes) -> bytes:
    """The note with more signature lines; a line whose name and key id stand there already is left out.

    Raises:
        NoteError: if the note or a line is not of the form. No signature is verified.
    """
    there = {(one.name, one.key_id) for one in read_note(note).signatures}
    for line in lines.splitlines(keepends=True):
        try:
            one = _parse_line(line.decode().removesuffix("\n"))
        except UnicodeDecodeError:
            raise NoteError("a signature line is not in UTF-8") from None
        if (one.name, one.key_id) not in there:
            there.add((one.name, one.key_id))
            note += line.removesuffix(b"\n") + b"\n"
    read_note(note)
    return note


def read_note(note: bytes) -> UnreadNote:
    """The parts of a note, with no signature verified.

    Raises:
        NoteError: if it is not of the form, longer than `MAX_NOTE_BYTES`, or has more than `MAX_SIGNATURES`.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise NoteError(f"the note is {len(note)} bytes long; at most {MAX_NOTE_BYTES} are read")
    try:
        whole = note.decode()
    except UnicodeDecodeError as fault:
        raise NoteError(f"the note is not in UTF-8 at byte {fault.start}") from None
    text, blank, below = whole.rpartition("\n\n")
    if not blank or not below:
        raise NoteError("the note has no empty line with signatures below it")
    text += "\n"
    _check_text(text)
    if not below.endswith("\n"):
        raise NoteError("the last line of the note has no newline")
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"the note has {len(lines)} signatures; at most {MAX_SIGNATURES} are read")
    return UnreadNote(text, tuple(_parse_line(line) for line in lines))


def open_note(note: bytes, keys: Iterable[VerifierKey]) -> Note:
    """The text of a note with who signed it, if a key of `keys` did and none of them signed badly.

    Raises:
        NoteError: if the note is not of the form, no signature is by one of the keys, one of the keys has a
            bad signature or two signatures, or two different keys share name and key id.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise NoteError(f"two keys share the name {key.name} and the key id {key.key_id.hex()}")
    read = read_note(note)
    signed = read.text.encode()
    verified: list[VerifierKey] = []
    times: dict[VerifierKey, int] = {}
    unknown: list[Signature] = []
    for one in read.signatures:
        key_found = known.get((one.name, one.key_id))
        if key_found is None:
            unknown.append(one)
            continue
        if key_found in verified:
            raise NoteError(f"the note has two signatures by {one.name} (key id {one.key_id.hex()})")
        at = key_found.verify(signed, one.value)
        verified.append(key_found)
        if at is not None:
            times[key_found] = at
    if not verified:
        raise NoteError("the note has no signature by a key that is trusted")
    return Note(read.text, tuple(verified), tuple(unknown), times)


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends in a newline")
    if _CONTROL(text):
        raise NoteError("the text of a note may hold no control characters")


def _parse_line(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise NoteError("a signature line begins with an em dash and a blank")
    name, blank, encoded = line.removeprefix(_DASH).partition(" ")
    if not blank:
        raise NoteError("a signature line has a name, a blank, and base64")
    check_key_name(name)
    value = decode_base64(encoded)
    if len(value) < 5:
        raise NoteError(f"the signature line of {name[:60]} holds no signature")
    return Signature(name, value[:4], value[4:])
