"""What each field of a record takes, and what is wrong with what it does not take."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from monitorgen_exporters.audit.canonical import NotCanonicalisable, canonical

__all__ = ["commitment_faults", "faults", "is_party", "is_stamp", "is_type", "is_word"]

_KNOWN = 4096  # texts that are remembered to be well formed: the same few come again and again

_ID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_TS_FORM = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_ID = re.compile(_ID_FORM).fullmatch
_TS = re.compile(_TS_FORM).fullmatch
_STAMP = re.compile(f"{_ID_FORM} {_TS_FORM}").fullmatch
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}").fullmatch
# The identity is text for people and terminals: no control characters. It is in an index, too, and PostgreSQL
# takes no more than 2,704 bytes there, which is 500 characters of any kind.
_PARTY = re.compile(r"[a-z][a-z0-9_-]{0,39}:[^\x00-\x1f\x7f-\x9f]{1,500}").fullmatch
_WORD = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,200}").fullmatch
_DIGEST = re.compile(r"[0-9a-f]{64}").fullmatch
_WORDS = ("incident", "severity")


@lru_cache(maxsize=_KNOWN)
def is_type(text: str) -> bool:
    """Whether a text can be the type of a record."""
    return _TYPE(text) is not None


@lru_cache(maxsize=_KNOWN)
def is_party(text: str) -> bool:
    """Whether a text can be the actor or the subject of a record."""
    return _PARTY(text) is not None


def is_word(text: str) -> bool:
    """Whether a text can be the incident or the severity of a record."""
    # What is printable has no control characters, and is told from the rest without looking at each twice.
    return (type(text) is str and 0 < len(text) <= 200 and text.isprintable()) or _WORD(text) is not None


def is_stamp(id: str, ts: str) -> bool:
    """Whether a record can have this id and this time."""
    return _STAMP(f"{id} {ts}") is not None and _is_second(ts[:19])


@lru_cache(maxsize=_KNOWN)
def _is_second(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def faults(
    v: object,
    id: object,
    ts: object,
    type_: object,
    actor: object,
    subject: object,
    data: object,
    commitments: object,
) -> list[str]:
    """Everything that is wrong with the fields of a record, each with the field's name."""
    found = []
    if type(v) is not int or v != 1:
        found.append(f"v: this version reads and writes layout 1, not {_shown(v)}")
    if type(id) is not str or not _ID(id):
        found.append(f"id: {_shown(id)} is no UUID of version 7 in lower case")
    if type(ts) is not str or not _TS(ts) or not _is_second(ts[:19]):
        found.append(f"ts: {_shown(ts)} is no UTC time like 2026-11-21T14:06:54.123456Z")
    if type(type_) is not str or not is_type(type_):
        found.append(f"type: {_shown(type_)} is no category.action in lower case, like alert.firing")
    if type(actor) is not str or not is_party(actor):
        found.append(f"actor: {_shown(actor)} is no kind:identity, like user:alice")
    if type(subject) is not str or not is_party(subject):
        found.append(f"subject: {_shown(subject)} is no kind:identity, like alert:HighErrorRate")
    if type(data) is not dict:
        found.append(f"data: {_shown(data)} is no object")
    elif data:
        found.extend(_data_faults(data))
    if type(commitments) is not dict:
        found.append(f"commitments: {_shown(commitments)} is no object")
    elif commitments:
        found.extend(commitment_faults(commitments))
    return found


def commitment_faults(commitments: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the commitments of a record."""
    for path, digest in commitments.items():
        if type(path) is not str or not is_word(path):
            yield f"commitments: {_shown(path)} is no path of one line and at most 200 characters"
        elif type(digest) is not str or not _DIGEST(digest):
            yield f"commitments: {_shown(path)} has no 64 hex digits"


def _data_faults(data: dict[object, object]) -> Iterator[str]:
    try:
        # Within an object, as it will stand in the record: for the path of the fault, and for the depth.
        canonical({"data": data})  # type: ignore[dict-item]
    except NotCanonicalisable as fault:
        yield str(fault)
    for name in _WORDS:
        if name in data and not (type(value := data[name]) is str and is_word(value)):
            yield f"data.{name}: {_shown(value)} is no text of one line and at most 200 characters"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
