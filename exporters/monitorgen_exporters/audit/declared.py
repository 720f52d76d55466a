"""What a log says of itself in records: prunings, erasures, restores and key changes, to write and to read.

A verifier believes a missing body only where a record declares it, so each shape is fixed here, for those who
write it and for those who check it.
"""

from dataclasses import MISSING, Field, dataclass, fields
from functools import lru_cache
from typing import Any, Self, get_args, get_type_hints

from monitorgen_exporters.audit.canonical import Json
from monitorgen_exporters.audit.record import BadRecord, Record

__all__ = [
    "KEY_ROTATED",
    "LOG_PRUNED",
    "LOG_RESTORED",
    "RECORD_ERASED",
    "BadDeclaration",
    "Erased",
    "Pruned",
    "Restored",
    "Rotated",
    "is_reserved",
    "refuse_reserved",
]

LOG_PRUNED = "log.pruned"
RECORD_ERASED = "record.erased"
LOG_RESTORED = "log.restored"
KEY_ROTATED = "key.rotated"

_TEXTS = tuple[str, ...]


@lru_cache(maxsize=1024)
def is_reserved(type: str) -> bool:
    """Whether records of this type are for the log itself to write."""
    return type.startswith("log.") or type in (KEY_ROTATED, RECORD_ERASED)


def refuse_reserved(type: str) -> None:
    """Raises BadRecord for such a type.

    A verifier believes what the log says was done to it, and takes a false word of that for tampering, which
    nothing mends: records stay.
    """
    if is_reserved(type):
        raise BadRecord(f"type: {type[:60]} is for the log itself to write")


class BadDeclaration(ValueError):  # noqa: N818 (says what the record is)
    """The record's `data` is not what its type says it is; the text names the field."""


@dataclass(frozen=True, slots=True)
class _Declaration:
    """A declaration: its fields are the keys of `data`; those that may be None are left out when they are."""

    def data(self) -> dict[str, Json]:
        """What stands in the record."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _listed(value) for name, value in said.items() if value is not None}

    @classmethod
    def read(cls, record: Record) -> Self:
        """What the record declares; raises BadDeclaration. Keys that are not known are passed over."""
        hints = get_type_hints(cls)
        return cls(**{field.name: _read(record, field, hints[field.name]) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class Pruned(_Declaration):
    """The bodies of the records `[from_pos, to_pos)` were deleted; their leaf hashes are kept.

    What the log says of itself is never pruned, so that earlier prunings stay declared and no restore or key
    change is forgotten.
    """

    from_pos: int
    to_pos: int
    checkpoint_size: int
    """Size of the anchored checkpoint that covers them."""
    checkpoint_root: str
    """Its root, in hex."""
    hashes: tuple[str, ...]
    """The full subtrees of the leaves `[0, to_pos)`, the largest first, in hex."""
    keep: str
    """The policy: how long records are kept, as the configuration writes it."""
    archive: str | None = None
    """Name of the file the records were written to before; None when they are gone for good."""
    archive_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Erased(_Declaration):
    """Values and salts of personal fields of one record were deleted; its commitments cannot be opened."""

    id: str
    fields: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Restored(_Declaration):
    """A new incarnation, whose first record this is, goes on from a copy of the one before."""

    origin: str
    """The origin of the incarnation before."""
    size: int
    """How many records the copy holds, which is the position of this record."""
    root: str
    """Root over these records, in hex."""
    known_size: int | None = None
    """Size of the newest checkpoint that is known of the incarnation before, where it is more than `size`."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rotated(_Declaration):
    """From the checkpoint after this record on, another key signs."""

    new: str
    """Verifier key of the new key."""
    old: str
    """Verifier key of the one before."""
    compromised: bool = False
    """Whether the old key may be in other hands."""
    reason: str = ""


def _listed(value: Any) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _read(record: Record, field: Field[Any], hint: Any) -> Any:
    value: Any = record.data.get(field.name)
    if value is None and field.default is not MISSING:
        return field.default
    if hint == _TEXTS:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
    elif type(value) is _kind(hint) and (type(value) is not int or value >= 0):
        return value
    raise BadDeclaration(f"data.{field.name} of a {record.type} is missing or of the wrong kind")


def _kind(hint: Any) -> Any:
    """`str` for `str` and for `str | None`."""
    return (get_args(hint) or (hint,))[0]
