"""Archived segments: records `[from, to)` in a file that can be verified alone, with the trust file.

A segment is gzip over JSON lines. The first line holds the origin, the range, the hashes of the full subtrees
of all leaves before it, a checkpoint of a size that covers it, and the consistency proof from `to` to that
size. Then comes a line for each record, with its leaf hash and its canonical bytes. The leaves lead from the
subtrees before to the root of size `to`, and the proof from there to the root that was signed: so every
record is shown to be in the tree at its position, and none can be missing.

Personal values are never in a segment, only the commitments to them: what is erased from the log's side table
is gone from every archive, without a key for each person.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitorgen_exporters.audit.canonical import BadJson, Json, canonical, parse
from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.files import discard_unfinished, new_file
from monitorgen_exporters.audit.note import MAX_NOTE_BYTES, NoteError
from monitorgen_exporters.audit.record import MAX_RECORD_BYTES, BadRecord, Record, decode
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.errors import Damaged
from monitorgen_exporters.audit.store.records import hash_reader, rows
from monitorgen_exporters.audit.tree import (
    Frontier,
    ProofError,
    consistency_proof,
    leaf_hash,
    verify_consistency,
)
from monitorgen_exporters.audit.trust import Trust

__all__ = [
    "BadArchive",
    "Segment",
    "Written",
    "frontier_at",
    "segment_name",
    "verify_segment",
    "write_segment",
]

_KIND = "monitorgen audit segment"
_MAX_HEADER = 2 * MAX_NOTE_BYTES
_MAX_LINE = MAX_RECORD_BYTES + 1000


class BadArchive(ValueError):  # noqa: N818 (says what the file is)
    """The file is no segment, or not the one that was written; the text says where it goes wrong."""


@dataclass(frozen=True, slots=True)
class Written:
    """A segment that is on the disk."""

    path: Path
    sha256: str
    records: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that was verified: these records are in the log `origin`, at these positions."""

    origin: str
    start: int
    stop: int
    records: int
    """Those whose bytes are there; of the others only the hash is."""
    checkpoint_size: int
    signers: tuple[str, ...]


def segment_name(origin: str, start: int, stop: int) -> str:
    """The file name of a segment."""
    return f"{origin.replace('/', '-')}-{start:012d}-{stop:012d}.jsonl.gz"


def frontier_at(store: Store, size: int) -> Frontier:
    """The compact state of the first `size` records, from the kept hashes; raises Damaged."""
    hash_at = hash_reader(store)
    levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
    return Frontier(size, [hash_at(level, (size >> level) - 1) for level in levels])


def write_segment(store: Store, path: Path, start: int, stop: int, note: bytes) -> Written:
    """Writes the records `[start, stop)` with the checkpoint `note`, which covers them, to a new file.

    The same log gives the same bytes. Raises OSError, and Damaged when a record is not what its hash says.
    """
    checkpoint = claimed_checkpoint(note)
    proof = consistency_proof(stop, checkpoint.size, hash_reader(store)) if stop < checkpoint.size else []
    header: dict[str, Json] = {
        "kind": _KIND,
        "v": 1,
        "origin": checkpoint.origin,
        "from": start,
        "to": stop,
        "before": [each.hex() for each in frontier_at(store, start).hashes],
        "checkpoint": note.decode(),
        "proof": [each.hex() for each in proof],
    }
    count = 0
    discard_unfinished(path)
    with (
        new_file(path) as file,
        # Neither name nor time goes into the file.
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as packed,
    ):
        packed.write(canonical(header) + b"\n")
        for position, leaf, body in rows(store, start, stop, ("pos", "leaf", "body")):
            if position != start + count or (body is not None and leaf_hash(body) != leaf):
                raise Damaged(
                    f"{store.place}: position {start + count} is not as it was written; nothing was "
                    "archived. Run `monitorgen audit verify`"
                )
            packed.write(b'{"leaf":"%s","record":%s}\n' % (leaf.hex().encode(), body or b"null"))
            count += 1
        if count != stop - start:
            raise Damaged(f"{store.place}: the records from {start + count} to {stop - 1} are missing")
    with path.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    return Written(path, digest, count)


def verify_segment(path: Path, trust: Trust) -> Segment:
    """What the file at `path` is proven to hold; reads it once, with the memory of one record.

    Raises BadArchive, and OSError when it cannot be read.
    """
    try:
        with path.open("rb") as file, gzip.GzipFile(fileobj=file, mode="rb") as packed:
            return _verified(packed, trust)
    except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise BadArchive(f"{path}: is no whole gzip file: {fault}") from None
    except (BadArchive, BadJson, NoteError, ProofError) as fault:
        raise BadArchive(f"{path}: {fault}") from None


def _verified(packed: gzip.GzipFile, trust: Trust) -> Segment:
    header = _header(packed)
    sealed = trust.open_checkpoint(header.note)
    if sealed.checkpoint.origin != header.origin:
        raise BadArchive(f"the checkpoint is not of {header.origin[:100]}")
    if len(header.before) != header.start.bit_count():
        raise BadArchive(f"the hashes before it do not fit its begin at {header.start}")
    tree = Frontier(header.start, list(header.before))
    bodies = 0
    for leaf, record in _records(packed, header.stop - header.start):
        tree.append(leaf)
        bodies += record is not None
    if packed.read(1):
        raise BadArchive("there is more in it than its range says")
    size, root = sealed.checkpoint.size, sealed.checkpoint.root
    if header.stop > size:
        raise BadArchive(f"its checkpoint is of size {size} and does not cover it")
    if header.stop == size:
        if tree.root() != root or header.proof:
            raise BadArchive("the records do not give the root that was signed")
    else:
        verify_consistency(header.stop, tree.root(), size, root, header.proof)
    signers = tuple(key.name for key in sealed.signers)
    return Segment(header.origin, header.start, header.stop, bodies, size, signers)


@dataclass(frozen=True, slots=True)
class _Header:
    origin: str
    start: int
    stop: int
    before: tuple[bytes, ...]
    proof: tuple[bytes, ...]
    note: bytes


def _header(packed: gzip.GzipFile) -> _Header:
    line = packed.readline(_MAX_HEADER)
    found = parse(line.removesuffix(b"\n"), max_bytes=_MAX_HEADER) if line.endswith(b"\n") else None
    if not isinstance(found, dict) or found.get("kind") != _KIND:
        raise BadArchive("is no segment of an audit log")
    if found.get("v") != 1:
        raise BadArchive("was written by a later version of monitorgen")
    origin, start, stop, note = (found.get(key) for key in ("origin", "from", "to", "checkpoint"))
    if not isinstance(origin, str) or not isinstance(note, str):
        raise BadArchive("its first line is not of the form")
    if not isinstance(start, int) or not isinstance(stop, int) or not 0 <= start < stop:
        raise BadArchive("its range is not of the form")
    return _Header(
        origin, start, stop, _hashes(found.get("before")), _hashes(found.get("proof")), note.encode()
    )


def _hashes(found: Json) -> tuple[bytes, ...]:
    if isinstance(found, list) and len(found) <= 128:
        hashes = [_digest(each) for each in found]
        return tuple(hashes)
    raise BadArchive("a list of hashes in its first line is not of the form")


def _digest(found: Json) -> bytes:
    try:
        digest = bytes.fromhex(found) if isinstance(found, str) else b""
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise BadArchive("a hash in it is not of the form")
    return digest


def _records(packed: gzip.GzipFile, count: int) -> Iterator[tuple[bytes, Record | None]]:
    """Leaf hash and record of each line, each record the one that its leaf hash says."""
    for number in range(count):
        line = packed.readline(_MAX_LINE)
        if not line.endswith(b"}\n") or not line.startswith(b'{"leaf":"') or line[73:84] != b'","record":':
            raise BadArchive(f"line {number + 2} is missing or not of the form")
        leaf, body = _digest(line[9:73].decode("ascii", "replace")), line[84:-2]
        if body == b"null":
            yield leaf, None
            continue
        if leaf_hash(body) != leaf:
            raise BadArchive(f"the record in line {number + 2} is not the one that its hash says")
        try:
            yield leaf, decode(body)
        except BadRecord as fault:
            raise BadArchive(f"line {number + 2}: {fault}") from None
