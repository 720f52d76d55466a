"""One stored checkpoint against the trust file: its form, who signed it, and whether they may."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitorgen_exporters.audit.checkpoint import parse_checkpoint
from monitorgen_exporters.audit.note import Note, NoteError, VerifierKey, open_note, read_note
from monitorgen_exporters.audit.trust import Trust
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind

__all__ = ["Seal", "is_time", "read_seal"]


@dataclass(frozen=True, slots=True)
class Seal:
    """A stored checkpoint whose form is right; `good` when keys that may sign this size did."""

    origin: str
    size: int
    root: bytes
    ts: str
    good: bool = False
    signers: tuple[tuple[str, str], ...] = ()
    """Name and key id of each key of the log that signed it and may."""
    cosigners: tuple[str, ...] = ()
    quorum: bool = False
    """Whether as many trusted witnesses cosigned it as the trust file asks, and at least one."""
    cosigned_at: int | None = None
    """When the quorum was complete, in seconds since 1970."""
    doubt: str = ""
    """Why it proves nothing although nothing is wrong with it."""


def read_seal(row: tuple[Any, ...], trust: Trust, findings: Findings) -> Seal | None:
    """What the row (origin, size, root, note, ts) holds; None when it is no checkpoint.

    Faults go into `findings`.
    """
    origin, size, root, note, ts = row
    position = size - 1 if type(size) is int and size > 0 else 0

    def fault(kind: Kind, message: str) -> None:
        shown = (note.decode(errors="replace"),) if type(note) is bytes else ()
        findings.add(Finding.at(position, kind, f"the checkpoint of size {size!r:.40} {message}", *shown))

    try:
        if type(note) is not bytes:
            raise NoteError("it is not stored as bytes")
        read = read_note(note)
        claimed = parse_checkpoint(read.text)
    except NoteError as problem:
        fault(Kind.NOTE, f"is not of the form: {problem}")
        return None
    if (claimed.origin, claimed.size, claimed.root) != (origin, size, root):
        fault(
            Kind.NOTE,
            f"is filed under another size, root or origin: its note is of {claimed.origin}, {claimed.size}",
        )
        return None
    if not is_time(ts):
        fault(Kind.NOTE, f"has no time of issue: {ts!r:.40}")
        return None
    if origin != trust.origin:
        return Seal(origin, size, root, ts)
    present = {(one.name, one.key_id) for one in read.signatures}
    return _signed(Seal(origin, size, root, ts), note, present, trust, fault)


def is_time(text: object) -> bool:
    """Whether this is a time as the log writes it: 2026-11-21T14:06:54.123456Z."""
    if type(text) is not str or len(text) != 27 or not text.endswith("Z") or text[10] != "T":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _signed(seal: Seal, note: bytes, present: set[tuple[str, bytes]], trust: Trust, fault: Any) -> Seal:
    own = {key.vkey: key for key in trust.keys}
    if not any((key.name, key.key_id) in present for key in own):
        fault(Kind.UNSIGNED, "is not signed by any key of the trust file")
        return seal
    try:
        opened = open_note(note, (*own, *trust.witnesses))
    except NoteError as problem:
        fault(Kind.SIGNATURE, f"is not signed as it claims: {problem}")
        return seal
    signers = tuple(key for key in opened.verified if key in own and own[key].covers(seal.size))
    if not signers:
        return _out_of_range(seal, opened, trust, fault)
    return replace(
        seal,
        good=True,
        signers=tuple((key.name, key.key_id.hex()) for key in signers),
        **_witnesses(opened, trust),
    )


def _out_of_range(seal: Seal, opened: Note, trust: Trust, fault: Any) -> Seal:
    key = next(key for key in trust.keys if key.vkey in opened.verified)
    key_id = key.vkey.key_id.hex()
    if key.status == "compromised" and seal.size > (key.to_size or 0):
        return replace(
            seal,
            doubt=f"the checkpoint of size {seal.size} is signed by key {key_id} alone, which is compromised "
            f"and believed up to size {key.to_size}: what it says is unproven",
        )
    end = "on" if key.to_size is None else f"to {key.to_size}"
    fault(
        Kind.KEY_RANGE,
        f"is signed by key {key_id} ({key.status}), which may sign sizes from {key.from_size} {end}",
    )
    return seal


def _witnesses(opened: Note, trust: Trust) -> dict[str, Any]:
    found: tuple[VerifierKey, ...] = tuple(key for key in opened.verified if key in trust.witnesses)
    needed = max(1, trust.quorum)
    times = sorted(opened.times[key] for key in found if key in opened.times)
    complete = len(found) >= needed
    return {
        "cosigners": tuple(key.name for key in found),
        "quorum": complete,
        "cosigned_at": times[needed - 1] if complete and len(times) >= needed else None,
    }
