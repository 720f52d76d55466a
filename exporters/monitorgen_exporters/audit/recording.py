"""What is to be recorded, from a call or a line of JSON, with the personal values set apart."""

from collections.abc import Collection, Mapping

from monitorgen_exporters.audit.canonical import BadJson, Json, parse
from monitorgen_exporters.audit.declared import refuse_reserved
from monitorgen_exporters.audit.entry import Entry, new_entry
from monitorgen_exporters.audit.record import BadRecord

__all__ = ["entry_from_json", "entry_with"]

_KEYS = ("type", "actor", "subject", "data", "personal", "id")


def entry_with(
    personal_fields: Collection[str],
    *,
    type: str,
    actor: str,
    subject: str,
    data: Mapping[str, Json] | None = None,
    personal: Mapping[str, Json] | None = None,
    id: str | None = None,
) -> Entry:
    """The entry of something that happens now; what of `data` is named in `personal_fields` is set apart.

    Raises BadRecord, also for a value that is given twice, and for a type that the log keeps to itself.
    """
    refuse_reserved(type)
    kept = dict(data or {})
    apart = {name: kept.pop(name) for name in personal_fields if name in kept}
    if twice := sorted(apart.keys() & (personal or {}).keys()):
        raise BadRecord(f"personal.{twice[0]}: is in data, too")
    return new_entry(
        type=type, actor=actor, subject=subject, data=kept, personal={**apart, **(personal or {})}, id=id
    )


def entry_from_json(line: bytes, personal_fields: Collection[str]) -> Entry:
    """The entry of a JSON object with `type`, `actor`, `subject`, and perhaps `data`, `personal` and `id`.

    Raises BadRecord.
    """
    try:
        found = parse(line)
    except BadJson as fault:
        raise BadRecord(str(fault)) from None
    if not isinstance(found, dict):
        raise BadRecord("a line is a JSON object with type, actor and subject")
    if unknown := sorted(found.keys() - set(_KEYS)):
        raise BadRecord(f"{unknown[0][:60]!r} is not one of {', '.join(_KEYS)}")
    said = {name: _text(found, name) for name in ("type", "actor", "subject")}
    return entry_with(
        personal_fields,
        **said,
        data=_object(found, "data"),
        personal=_object(found, "personal"),
        id=_text(found, "id") if found.get("id") is not None else None,
    )


def _text(found: dict[str, Json], name: str) -> str:
    value = found.get(name)
    if isinstance(value, str):
        return value
    raise BadRecord(f"{name}: is missing or no text")


def _object(found: dict[str, Json], name: str) -> dict[str, Json]:
    value = found.get(name)
    if value is None or isinstance(value, dict):
        return value or {}
    raise BadRecord(f"{name}: is no object")
