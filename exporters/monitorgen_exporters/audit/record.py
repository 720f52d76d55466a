"""One record of the audit log, its faults, and the bytes it is kept as."""

import time
from collections.abc import Mapping
from dataclasses import InitVar, field

from monitorgen.model.frozen import frozen
from monitorgen_exporters.audit.canonical import BadJson, Json, canonical_around, parse_canonical
from monitorgen_exporters.audit.form import commitment_faults, faults, is_party, is_stamp, is_type, is_word
from monitorgen_exporters.audit.stamps import stamp

__all__ = ["MAX_RECORD_BYTES", "BadRecord", "Record", "decode", "encode", "new_record"]

MAX_RECORD_BYTES = 256 * 1024
"""Longest canonical body of a record."""

_FIELDS = ("v", "id", "ts", "type", "actor", "subject", "data", "commitments")


class BadRecord(ValueError):  # noqa: N818 (says what the record is)
    """The record cannot go into a log; `faults` holds every reason, each with the field it is about."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@frozen
class Record:
    """What happened (`type`), who did it (`actor`), to what (`subject`), and when (`ts`).

    Making one checks every field and raises `BadRecord` with all faults.
    """

    id: str
    """UUIDv7 in lower case; appending the same id twice keeps one record."""
    ts: str
    """RFC 3339 in UTC with microseconds, as `2026-11-21T14:06:54.123456Z`."""
    type: str
    """`category.action` in lower case, as `alert.firing`."""
    actor: str
    """`kind:identity`, as `user:alice` or `system:receiver`."""
    subject: str
    """`kind:identity`, as `alert:HighErrorRate`."""
    data: Mapping[str, Json] = field(default_factory=dict)
    """Everything else; `incident` and `severity` are strings where they stand."""
    commitments: Mapping[str, str] = field(default_factory=dict)
    """Path of a personal field to the 64 hex digits that commit to its value."""
    v: int = 1
    """Version of this layout."""
    stamped: InitVar[bool] = False
    """Whether `id` and `ts` were made by `stamp`, so that they need not be checked."""
    body: bytes = field(init=False, repr=False, compare=False)
    """Canonical bytes of all of the above, as it was when the record was made; of any length."""

    def __post_init__(self, stamped: bool) -> None:
        # Made once and here, because most of the checking is done by making them.
        object.__setattr__(self, "body", _body(self, stamped))

    @property
    def category(self) -> str:
        """First word of the type."""
        return self.type.partition(".")[0]

    @property
    def action(self) -> str:
        """Second word of the type."""
        return self.type.partition(".")[2]

    @property
    def incident(self) -> str | None:
        """Incident the record belongs to, if any."""
        found = self.data.get("incident")
        return found if isinstance(found, str) else None

    @property
    def severity(self) -> str:
        """Severity of what happened; `info` where the record says none."""
        found = self.data.get("severity")
        return found if isinstance(found, str) else "info"


def new_record(
    type: str,
    actor: str,
    subject: str,
    data: Mapping[str, Json] | None = None,
    *,
    id: str | None = None,
    ts: str | None = None,
    commitments: Mapping[str, str] | None = None,
) -> Record:
    """A record of something that happened now, with an id of its own, unless told otherwise.

    Raises:
        BadRecord: with every fault of every field.
    """
    own_id, own_ts = stamp(time.time_ns())
    # Without names, which would take as long as a field does.
    return Record(
        own_id if id is None else id,
        own_ts if ts is None else ts,
        type,
        actor,
        subject,
        # A copy, so that nobody changes what is searched for after the body was made.
        {} if data is None else dict(data) if isinstance(data, dict) else data,
        {} if commitments is None else commitments,
        1,
        id is None and ts is None,
    )


def encode(record: Record) -> bytes:
    """The canonical bytes of a record: what is kept, and what is hashed.

    Raises:
        BadRecord: if they are more than `MAX_RECORD_BYTES`.
    """
    if len(record.body) > MAX_RECORD_BYTES:
        raise BadRecord(f"the record takes {len(record.body)} bytes; at most {MAX_RECORD_BYTES} are kept")
    return record.body


def decode(body: bytes) -> Record:
    """The record that `encode` gave these bytes for, and no others.

    Raises:
        BadRecord: if the bytes are too many or not canonical, a field is missing or unknown, or a value is
            not what its field takes.
    """
    if len(body) > MAX_RECORD_BYTES:
        raise BadRecord(f"the record takes {len(body)} bytes; at most {MAX_RECORD_BYTES} are kept")
    try:
        found = parse_canonical(body)
    except BadJson as fault:
        raise BadRecord(str(fault)) from None
    if not isinstance(found, dict):
        raise BadRecord("a record is a JSON object")
    if len(found) != len(_FIELDS) or not all(name in found for name in _FIELDS):
        missing = [f"{name}: is missing" for name in _FIELDS if name not in found]
        unknown = [f"{name[:40]!r}: is no field of a record" for name in found if name not in _FIELDS]
        raise BadRecord(*missing, *unknown)
    # The values are of any type here; the record checks each.
    return Record(**found)  # type: ignore[arg-type]


def _body(record: Record, stamped: bool) -> bytes:
    """The canonical bytes of a record; quick where there is nothing to complain of."""
    v, data, commitments = record.v, record.data, record.commitments
    try:
        if (
            type(v) is int
            and v == 1
            and type(data) is dict
            and (stamped or is_stamp(record.id, record.ts))
            and is_type(record.type)
            and is_party(record.actor)
            and is_party(record.subject)
            and is_word(data.get("incident", "-"))
            and is_word(data.get("severity", "-"))
            and type(commitments) is dict
            and not (commitments and any(commitment_faults(commitments)))
        ):
            return canonical_around(
                {
                    "v": 1,
                    "id": record.id,
                    "ts": record.ts,
                    "type": record.type,
                    "actor": record.actor,
                    "subject": record.subject,
                    "data": data,
                    "commitments": commitments,
                },
                data,
            )
        found = faults(*(getattr(record, name) for name in _FIELDS))
    except (TypeError, ValueError) as fault:
        found = faults(*(getattr(record, name) for name in _FIELDS)) or [str(fault)]
    raise BadRecord(*found)
