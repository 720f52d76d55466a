"""A record on its way into a log: with the bytes that will be hashed, and what opens its commitments."""

from collections.abc import Mapping
from typing import NamedTuple

from monitorgen_exporters.audit.canonical import Json, NotCanonicalisable
from monitorgen_exporters.audit.personal import Opening, commit_to
from monitorgen_exporters.audit.record import MAX_RECORD_BYTES, BadRecord, Record, decode, encode, new_record

__all__ = ["Entry", "IdTaken", "entry_of", "new_entry", "repeats"]


class IdTaken(ValueError):  # noqa: N818 - says what is wrong with the id
    """Another record has this id already."""

    def __init__(self, id: str) -> None:
        super().__init__(f"The log holds another record with the id {id}: an id is given once.")


class Entry(NamedTuple):
    """A record, its canonical bytes, and the openings of its personal values."""

    record: Record
    body: bytes
    openings: tuple[Opening, ...] = ()


def entry_of(record: Record) -> Entry:
    """The entry of a record without personal values; raises BadRecord for one that is too long."""
    body = record.body
    return Entry(record, body if len(body) <= MAX_RECORD_BYTES else encode(record))


def new_entry(
    *,
    type: str,
    actor: str,
    subject: str,
    data: Mapping[str, Json] | None = None,
    personal: Mapping[str, Json] | None = None,
    id: str | None = None,
    ts: str | None = None,
) -> Entry:
    """The entry of something that happened, now unless `ts` says when.

    `personal` are values by path, kept beside the log and erasable; the record only commits to them. An `id`
    of the caller's makes it safe to append again what may have been appended already. Raises BadRecord.
    """
    try:
        openings = commit_to(personal or {})
    except NotCanonicalisable as problem:
        raise BadRecord(f"personal: {problem}") from None
    record = new_record(
        type,
        actor,
        subject,
        data,
        id=id,
        ts=ts,
        commitments={opening.field: opening.commitment for opening in openings},
    )
    return Entry(record, encode(record), openings)


def repeats(entry: Entry, there: bytes) -> bool:
    """Whether an entry says again what the record with its id, whose body is `there`, has said.

    Times and commitments are new at each attempt, so they are not compared.
    """
    if entry.body == there:
        return True
    new = entry.record
    try:
        old = decode(there)
    except BadRecord:
        return False
    return (old.type, old.actor, old.subject, old.data) == (new.type, new.actor, new.subject, new.data)
