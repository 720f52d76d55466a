"""One record of the audit log, its faults, and the bytes it is kept as."""

import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from monitorgen_exporters.audit.canonical import (
    BadJson,
    Json,
    NotCanonicalisable,
    canonical,
    parse_canonical,
)

__all__ = [
    "MAX_RECORD_BYTES",
    "BadRecord",
    "Record",
    "decode",
    "encode",
    "is_party",
    "is_type",
    "is_word",
    "new_record",
    "now",
    "uuid7",
]

MAX_RECORD_BYTES = 256 * 1024
"""Longest canonical body of a record."""

_ID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_TS_FORM = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_TYPE_FORM = r"[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}"
# The identity is text for people and terminals: no control characters. It is in an index, too, and PostgreSQL
# takes no more than 2,704 bytes there, which is 500 characters of any kind.
_PARTY_FORM = r"[a-z][a-z0-9_-]{0,39}:[^\x00-\x1f\x7f-\x9f]{1,500}"
_WORD_FORM = r"[^\x00-\x1f\x7f-\x9f]{1,200}"
is_word = re.compile(_WORD_FORM).fullmatch
"""Whether a text can be the incident or the severity of a record."""
_ID = re.compile(_ID_FORM).fullmatch
_TS = re.compile(_TS_FORM).fullmatch
is_type = re.compile(_TYPE_FORM).fullmatch
"""Whether a text can be the type of a record."""
is_party = re.compile(_PARTY_FORM).fullmatch
"""Whether a text can be the actor or the subject of a record."""
# All of them at once, a line each: none of the forms takes a newline.
_HEAD = re.compile(
    "\n".join((_ID_FORM, _TS_FORM, _TYPE_FORM, _PARTY_FORM, _PARTY_FORM, _WORD_FORM, _WORD_FORM))
).fullmatch
_DIGEST = re.compile(r"[0-9a-f]{64}").fullmatch
_WORDS = ("incident", "severity")
_FIELDS = ("v", "id", "ts", "type", "actor", "subject", "data", "commitments")


# Ids have to differ, not to be secret: asking the kernel for each takes as long as the rest of one. A child
# process must not go on with the numbers of its parent.
_random = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_random.seed)


class BadRecord(ValueError):  # noqa: N818 (says what the record is)
    """The record cannot go into a log; `faults` holds every reason, each with the field it is about."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
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
    body: bytes = field(init=False, repr=False, compare=False)
    """Canonical bytes of all of the above, as it was when the record was made; of any length."""

    def __post_init__(self) -> None:
        # Made once and here, because most of the checking is done by making them.
        object.__setattr__(self, "body", _body(self))

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
    moment = time.time_ns()
    # Without names, which would take as long as a field does.
    return Record(
        _uuid7(moment) if id is None else id,
        _text(moment) if ts is None else ts,
        type,
        actor,
        subject,
        # A copy, so that nobody changes what is searched for after the body was made.
        {} if data is None else dict(data) if isinstance(data, dict) else data,
        {} if commitments is None else commitments,
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


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562, section 5.7): milliseconds, 12 bits of a part of one, 62 random bits."""
    return _uuid7(time.time_ns())


def now() -> str:
    """The time in RFC 3339, UTC, with microseconds."""
    return _text(time.time_ns())


def _uuid7(moment: int) -> str:
    milliseconds, rest = divmod(moment, 1_000_000)
    head = milliseconds << 16 | 0x7000 | (rest << 12) // 1_000_000
    digits = f"{head:016x}{1 << 63 | _random.getrandbits(62):016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _text(moment: int) -> str:
    seconds, rest = divmod(moment, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _body(record: Record) -> bytes:
    """The canonical bytes of a record; quick where there is nothing to complain of."""
    data, commitments = record.data, record.commitments
    try:
        if (
            type(record.v) is int
            and record.v == 1
            and type(data) is dict
            and _HEAD(
                "\n".join(
                    (
                        record.id,
                        record.ts,
                        record.type,
                        record.actor,
                        record.subject,
                        data.get("incident", "-"),
                        data.get("severity", "-"),
                    )
                )
            )
            and type(commitments) is dict
            and not (commitments and any(_commitment_faults(commitments)))
        ):
            datetime.fromisoformat(record.ts)
            return canonical(
                {
                    "v": 1,
                    "id": record.id,
                    "ts": record.ts,
                    "type": record.type,
                    "actor": record.actor,
                    "subject": record.subject,
                    "data": data,
                    "commitments": commitments,
                }
            )
        faults = _faults(record)
    except (TypeError, ValueError) as fault:
        faults = _faults(record) or [str(fault)]
    raise BadRecord(*faults)


def _is_word(value: object) -> bool:
    return type(value) is str and is_word(value) is not None


def _faults(record: Record) -> list[str]:
    faults = []
    if type(record.v) is not int or record.v != 1:
        faults.append(f"v: this version reads and writes layout 1, not {_shown(record.v)}")
    if type(record.id) is not str or not _ID(record.id):
        faults.append(f"id: {_shown(record.id)} is no UUID of version 7 in lower case")
    if type(record.ts) is not str or not _is_time(record.ts):
        faults.append(f"ts: {_shown(record.ts)} is no UTC time like 2026-11-21T14:06:54.123456Z")
    if type(record.type) is not str or not is_type(record.type):
        faults.append(f"type: {_shown(record.type)} is no category.action in lower case, like alert.firing")
    if type(record.actor) is not str or not is_party(record.actor):
        faults.append(f"actor: {_shown(record.actor)} is no kind:identity, like user:alice")
    if type(record.subject) is not str or not is_party(record.subject):
        faults.append(f"subject: {_shown(record.subject)} is no kind:identity, like alert:HighErrorRate")
    if type(record.data) is not dict:
        faults.append(f"data: {_shown(record.data)} is no object")
    elif record.data:
        faults.extend(_data_faults(record.data))
    if type(record.commitments) is not dict:
        faults.append(f"commitments: {_shown(record.commitments)} is no object")
    elif record.commitments:
        faults.extend(_commitment_faults(record.commitments))
    return faults


def _data_faults(data: dict[str, Json]) -> Iterator[str]:
    try:
        # Within an object, as it will stand in the record: for the path of the fault, and for the depth.
        canonical({"data": data})
    except NotCanonicalisable as fault:
        yield str(fault)
    for name in _WORDS:
        if name in data and not _is_word(data[name]):
            yield f"data.{name}: {_shown(data[name])} is no text of one line and at most 200 characters"


def _commitment_faults(commitments: dict[str, str]) -> Iterator[str]:
    for path, digest in commitments.items():
        if not _is_word(path):
            yield f"commitments: {_shown(path)} is no path of one line and at most 200 characters"
        elif type(digest) is not str or not _DIGEST(digest):
            yield f"commitments: {_shown(path)} has no 64 hex digits"


def _is_time(text: str) -> bool:
    if not _TS(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
