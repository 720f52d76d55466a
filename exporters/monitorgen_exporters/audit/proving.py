"""A proof that one record is in the log, made from the database, good without it (c2sp.org/tlog-proof)."""

from dataclasses import dataclass

from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.note import NoteError
from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.audit.store.records import hash_reader
from monitorgen_exporters.audit.tlog_proof import InclusionProof, format_proof
from monitorgen_exporters.audit.tree import ProofError, inclusion_proof, leaf_hash, verify_inclusion
from monitorgen_exporters.audit.trust import Trust

__all__ = ["Proof", "Unprovable", "prove"]


class Unprovable(Exception):  # noqa: N818 (says what the record is)
    """There is no such record, or no checkpoint covers it, or the log's hashes contradict its checkpoint."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof file's bytes, and what it is of."""

    text: bytes
    id: str
    position: int
    checkpoint_size: int
    holds_body: bool
    """Whether the record is in the file; a pruned one has to be given beside it."""


def prove(store: Store, record: str, trust: Trust | None = None) -> Proof:
    """The proof of the record with this id or at this position, under the newest checkpoint that covers it.

    With a trust file it is the newest that the file believes, cosigned by as many witnesses as it asks for.
    Everything is checked before it is handed out. Raises Unprovable, and StoreError when something cannot be
    read.
    """
    with store.snapshot():
        position, id_, leaf, body = _find(store, record)
        size, root, note = _seal(store, position, trust)
        try:
            hashes = inclusion_proof(position, size, hash_reader(store))
            if body is not None:
                leaf = leaf_hash(body)
            verify_inclusion(leaf, position, size, hashes, root)
        except (ProofError, TypeError) as problem:  # SQLite keeps values of any type in any column
            raise Unprovable(
                f"the log's hashes do not lead to its checkpoint of size {size} ({problem}): run "
                "`monitorgen audit verify`, which says what was changed"
            ) from None
    return Proof(
        format_proof(InclusionProof(position, hashes, note, body)), id_, position, size, body is not None
    )


def _find(store: Store, record: str) -> tuple[int, str, bytes, bytes | None]:
    column, value = ("pos", int(record)) if record.isdecimal() and len(record) < 19 else ("id", record)
    asked = f"SELECT pos, id, leaf, body FROM audit_record WHERE {column} = ?"  # noqa: S608 - our own words
    found = store.query(asked, (value,)) if record.isascii() else []
    if not found:
        raise Unprovable(f"there is no record {record:.60}")
    position, id_, leaf, body = found[0]
    return position, id_, leaf, body


def _seal(store: Store, position: int, trust: Trust | None) -> tuple[int, bytes, bytes]:
    """Size, root and note of the checkpoint that the proof leads to."""
    why = "no checkpoint covers it yet: a log seals itself within seconds"
    for (note,) in store.query(
        "SELECT note FROM audit_checkpoint WHERE size > ? AND origin = (SELECT origin FROM audit_state) "
        "ORDER BY size DESC LIMIT 10000",
        (position,),
    ):
        try:
            if type(note) is not bytes:
                raise NoteError("it is not stored as bytes")
            if trust is None:
                made = claimed_checkpoint(note)
            else:
                sealed = trust.open_checkpoint(note)
                if not sealed.witnessed:
                    why = f"no checkpoint over it has {sealed.quorum} cosignatures of trusted witnesses yet"
                    continue
                made = sealed.checkpoint
        except NoteError as problem:
            why = f"no checkpoint over it is believed: {problem}"
            continue
        return made.size, made.root, note
    raise Unprovable(f"record {position} cannot be proven: {why}")
