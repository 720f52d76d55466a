"""Personal values that are kept beside the records, against the commitments in the records."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind

__all__ = ["Committed", "Missing", "check_personal"]

Committed = tuple[int, str, dict[str, str]]
"""Position and id of a record, and its commitments by field."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A commitment whose value is not kept any more."""

    position: int
    id: str
    field: str


def check_personal(
    store: Store, start: int, end: int, committed: Iterable[Committed], read: set[int], findings: Findings
) -> list[Missing]:
    """The commitments of the records `[start, end)` whose values are gone; the other values open theirs.

    `read` are the positions of the records that could be read.
    """
    missing: list[Missing] = []
    held: dict[tuple[str, str], tuple[int, object, object]] = {
        (id_, field_): (position, salt, value)
        for position, id_, field_, salt, value in store.query(
            "SELECT r.pos, p.id, p.field, p.salt, p.value FROM audit_record r JOIN audit_personal p "
            "ON p.id = r.id WHERE r.pos >= ? AND r.pos < ?",
            (start, end),
        )
    }
    for position, id_, commitments in committed:
        for path, digest in commitments.items():
            found = held.pop((id_, path), None)
            if found is None:
                missing.append(Missing(position, id_, path))
                continue
            _, salt, value = found
            if not _opens(digest, salt, value):
                findings.add(
                    Finding.at(
                        position, Kind.OPENING, f"the kept value of {path} is not the one committed to"
                    )
                )
    for (id_, path), (position, _, _) in held.items():
        if position in read:  # of a record that could not be read, nobody knows what it commits to
            findings.add(
                Finding.at(
                    position,
                    Kind.STRAY,
                    f"a value is kept for {path} of {id_}, and the record commits to none",
                )
            )
    return missing


def _opens(digest: str, salt: object, value: object) -> bool:
    """Whether salt and canonical value are what the digest commits to."""
    if type(salt) is not bytes or type(value) is not bytes or len(salt) != 32:
        return False
    return sha256(b"\x10" + salt + value).hexdigest() == digest
