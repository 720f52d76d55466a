"""Whom to believe about a log: which keys may sign which sizes, and which witnesses have to agree.

Ranges are of tree sizes, not of time: what a clock said when a key was in use can be forged, the size a
checkpoint is about cannot.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitorgen_exporters.audit.checkpoint import MAX_SIZE, Checkpoint, parse_checkpoint
from monitorgen_exporters.audit.note import COSIGNATURE_V1, ED25519, Note, NoteError, VerifierKey, open_note

__all__ = ["STATUSES", "Sealed", "Trust", "TrustError", "TrustedKey"]

STATUSES = ("active", "retired", "compromised")


class TrustError(ValueError):
    """The trust file cannot be used; `faults` holds every reason."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key and the sizes whose checkpoints it may sign, both ends included; no `to_size` is no end yet."""

    vkey: VerifierKey
    from_size: int = 0
    to_size: int | None = None
    status: str = "active"
    """`active`, `retired` (rotated out), or `compromised` (believed no further than `to_size`)."""

    def covers(self, size: int) -> bool:
        """Whether this key may sign a checkpoint of that size."""
        return self.from_size <= size and (self.to_size is None or size <= self.to_size)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint whose note was opened with the keys trusted for its size."""

    checkpoint: Checkpoint
    note: Note
    signers: tuple[VerifierKey, ...]
    """Keys of the log that signed."""
    witnesses: tuple[VerifierKey, ...]
    """Trusted witnesses that cosigned."""
    quorum: int
    """How many witnesses have to."""

    @property
    def witnessed(self) -> bool:
        """Whether as many witnesses cosigned as have to. True where none has to."""
        return len(self.witnesses) >= self.quorum


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe about the log `origin`. Making one raises `TrustError` with every fault."""

    origin: str
    keys: tuple[TrustedKey, ...]
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if faults := tuple(_faults(self)):
            raise TrustError(*faults)

    def keys_for(self, size: int) -> tuple[VerifierKey, ...]:
        """The keys that may sign a checkpoint of that size."""
        return tuple(key.vkey for key in self.keys if key.covers(size))

    def open_checkpoint(self, note: bytes) -> Sealed:
        """The checkpoint of a note, if it is of this log and a key trusted for its size signed it.

        Too few witnesses are no error here: ask `Sealed.witnessed`.

        Raises:
            NoteError: if it is no checkpoint of this log, any trusted signature is bad, or no key that may
                sign this size did.
        """
        opened = open_note(note, (*(key.vkey for key in self.keys), *self.witnesses))
        checkpoint = parse_checkpoint(opened.text)
        if checkpoint.origin != self.origin:
            raise NoteError(f"the checkpoint is of {checkpoint.origin[:100]}, not of {self.origin}")
        allowed = self.keys_for(checkpoint.size)
        signers = tuple(key for key in opened.verified if key in allowed)
        if not signers:
            raise NoteError(self._why_unsigned(opened, checkpoint.size))
        witnesses = tuple(key for key in opened.verified if key in self.witnesses)
        return Sealed(checkpoint, opened, signers, witnesses, self.quorum)

    def rotated(self, vkey: VerifierKey, at_size: int) -> "Trust":
        """This trust with a new key from `at_size` on; the active keys end there, so both sign that size.

        Raises:
            TrustError: if the new ranges do not fit together.
        """
        ended = tuple(
            replace(key, to_size=at_size, status="retired") if key.status == "active" else key
            for key in self.keys
        )
        return replace(self, keys=(*ended, TrustedKey(vkey, at_size)))

    def compromised(self, vkey: VerifierKey, last_good_size: int) -> "Trust":
        """This trust with a key believed no further than the last size an anchor holds.

        Raises:
            TrustError: if there is no such key, or it does not reach that size.
        """
        if all(key.vkey != vkey for key in self.keys):
            raise TrustError(f"there is no key {vkey.name} with key id {vkey.key_id.hex()}")
        keys = tuple(
            replace(key, to_size=last_good_size, status="compromised") if key.vkey == vkey else key
            for key in self.keys
        )
        return replace(self, keys=keys)

    def _why_unsigned(self, opened: Note, size: int) -> str:
        outside = [key for key in self.keys if key.vkey in opened.verified]
        if not outside:
            return "the checkpoint is signed by witnesses alone, and by no key of the log"
        key = outside[0]
        end = "on" if key.to_size is None else f"to {key.to_size}"
        return (
            f"key id {key.vkey.key_id.hex()} ({key.status}) may sign sizes from {key.from_size} {end}, "
            f"and the checkpoint is of size {size}"
        )


def _faults(trust: Trust) -> Iterator[str]:
    try:
        Checkpoint(trust.origin, 0, bytes(32))
    except NoteError as fault:
        yield f"origin: {fault}"
    if not trust.keys:
        yield "keys: there is none"
    for at, key in enumerate(trust.keys):
        if key.vkey.algorithm != ED25519:
            yield f"keys[{at}]: is a witness's key, not one of a log (signature type 0x01)"
        if key.to_size is not None and key.to_size < key.from_size:
            yield f"keys[{at}]: ends at size {key.to_size}, before it begins at {key.from_size}"
        if key.to_size is None and key.status != "active":
            yield f"keys[{at}]: is {key.status}, so it needs a to_size"
        if key.to_size is not None and key.status == "active":
            yield f"keys[{at}]: has a to_size, so it is retired or compromised"
    yield from _gaps(trust.keys)
    for at, witness in enumerate(trust.witnesses):
        if witness.algorithm != COSIGNATURE_V1:
            yield f"witnesses[{at}]: is a log's key, not one of a witness (signature type 0x04)"
    every = Counter((key.name, key.key_id) for key in (*(one.vkey for one in trust.keys), *trust.witnesses))
    for (name, key_id), times in every.items():
        if times > 1:
            yield f"the key {name} with key id {key_id.hex()} stands {times} times"
    if not 0 <= trust.quorum <= len(trust.witnesses):
        yield f"quorum: {trust.quorum} of {len(trust.witnesses)} witnesses cannot agree"


def _gaps(keys: tuple[TrustedKey, ...]) -> Iterator[str]:
    """Sizes before the last range that no key may sign: a log cut off there could go on unnoticed."""
    reached = -1
    for key in sorted(keys, key=lambda one: one.from_size):
        if key.from_size > reached + 1:
            yield f"keys: no key covers the sizes from {reached + 1} to {key.from_size - 1}"
        reached = max(reached, MAX_SIZE if key.to_size is None else key.to_size)
