"""Proofs that verify offline (c2sp.org/tlog-proof): a record, its place in the log, a signed checkpoint."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitorgen_exporters.audit.checkpoint import MAX_SIZE
from monitorgen_exporters.audit.note import MAX_NOTE_BYTES, NoteError, decode_base64, read_note
from monitorgen_exporters.audit.tree import ProofError, leaf_hash, verify_inclusion
from monitorgen_exporters.audit.trust import Sealed, Trust

__all__ = ["InclusionProof", "ProvenRecord", "format_proof", "parse_proof", "verify_proof"]

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_MAX_HASHES = 63
_MAX_EXTRA = 1 << 20
_MAX_BYTES = MAX_NOTE_BYTES + 2 * _MAX_EXTRA


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The parts of a proof file; nothing in it may be believed before `verify_proof`."""

    index: int
    """Place of the record in the log, counted from 0."""
    proof: Sequence[bytes]
    checkpoint_note: bytes
    extra: bytes | None = None
    """Bytes beside the proof; ours hold the body of the record, so that the file verifies alone."""


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """What a proof file proved."""

    body: bytes
    index: int
    sealed: Sealed
    """The checkpoint that covers the record, and who signed it."""


def format_proof(proof: InclusionProof) -> bytes:
    """The proof file.

    Raises:
        ProofError: if a part does not fit into the form.
    """
    lines = [_FIRST_LINE]
    if proof.extra is not None:
        lines.append(f"extra {base64.b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines.extend(base64.b64encode(part).decode() for part in proof.proof)
    body = ("\n".join(lines) + "\n\n").encode() + proof.checkpoint_note
    parse_proof(body)
    return body


def parse_proof(body: bytes) -> InclusionProof:
    """The parts of a proof file; nothing is verified.

    Raises:
        ProofError: if it is not of the form.
    """
    if len(body) > _MAX_BYTES:
        raise ProofError(f"the proof is {len(body)} bytes long; at most {_MAX_BYTES} are read")
    head, blank, note = body.partition(b"\n\n")
    if not blank:
        raise ProofError("the proof has no empty line with a checkpoint below it")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ProofError("the lines of the proof are not ASCII") from None
    if lines.pop(0) != _FIRST_LINE:
        raise ProofError(f"the first line of a proof is {_FIRST_LINE}")
    try:
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "))
        word, _, number = (lines.pop(0) if lines else "").partition(" ")
        if word != "index" or not _NUMBER(number) or int(number) >= MAX_SIZE:
            raise ProofError("the proof has no line with the index of the record")
        if len(lines) > _MAX_HASHES:
            raise ProofError(f"the proof has {len(lines)} hashes; no log needs more than {_MAX_HASHES}")
        hashes = tuple(decode_base64(line) for line in lines)
        read_note(note)
    except NoteError as fault:
        raise ProofError(str(fault)) from None
    if any(len(one) != 32 for one in hashes):
        raise ProofError("a hash of the proof has not 32 bytes")
    if extra is not None and len(extra) > _MAX_EXTRA:
        raise ProofError(f"the extra data is {len(extra)} bytes long; at most {_MAX_EXTRA} are read")
    return InclusionProof(int(number), hashes, note, extra)


def verify_proof(body: bytes, trust: Trust, record: bytes | None = None) -> ProvenRecord:
    """What a proof file proves to somebody with this trust file and nothing else.

    `record` is the body of the record; where it is not given, the file itself holds it.

    Raises:
        ProofError: if the file is not of the form, its checkpoint is not signed by a key trusted for its
            size and cosigned by as many witnesses as the trust file asks, or the record is not in the log
            at that place.
    """
    proof = parse_proof(body)
    if record is None:
        record = proof.extra
    if record is None:
        raise ProofError("the proof does not hold its record; give the record beside it")
    try:
        sealed = trust.open_checkpoint(proof.checkpoint_note)
    except NoteError as fault:
        raise ProofError(str(fault)) from None
    if not sealed.witnessed:
        raise ProofError(f"{len(sealed.witnesses)} trusted witnesses cosigned; {sealed.quorum} have to")
    at = sealed.checkpoint
    verify_inclusion(leaf_hash(record), proof.index, at.size, proof.proof, at.root)
    return ProvenRecord(record, proof.index, sealed)
