"""Records as lines for people and as JSON for programs."""

import json
from typing import Any

from monitorgen_exporters.audit.search import Found, Group

__all__ = ["as_json", "group_json", "group_line", "line", "printable", "value_text", "words"]

_OF_THE_LINE = ("incident", "severity")


def printable(text: str) -> str:
    """`text` without what a terminal would obey: control characters and the like are shown escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def as_json(found: Found) -> dict[str, Any]:
    """Position, leaf hash and record; the record is null where only its hash is kept."""
    return {
        "position": found.position,
        "id": found.id,
        "leaf": found.leaf.hex(),
        "record": None if found.body is None else json.loads(found.body),
    }


def line(found: Found) -> str:
    """One line: position, time, severity, type, subject, actor, incident, data."""
    record = found.record
    if record is None:
        return f"{found.position:>8}  (pruned: only the hash is kept)"
    parts = [
        f"{found.position:>8}",
        f"{record.ts[:19]}Z",
        f"{record.severity:<8}",
        f"{record.type:<18}",
        f"{record.subject} by {record.actor}",
    ]
    if record.incident is not None:
        parts.append(f"incident={record.incident}")
    parts += [words({key: value for key, value in record.data.items() if key not in _OF_THE_LINE})]
    return printable("  ".join(part for part in parts if part))


def words(data: dict[str, Any]) -> str:
    """`key=value` for each entry, the values as JSON where they are not plain text."""
    return " ".join(
        f"{key}={value if isinstance(value, str) and value.isalnum() else value_text(value)}"
        for key, value in data.items()
    )


def value_text(value: Any) -> str:
    """A value as JSON with its letters as they are; give what holds it to `printable`."""
    return json.dumps(value, ensure_ascii=False)


def group_json(by: str, group: Group) -> dict[str, Any]:
    """A group by incident or actor."""
    return {
        by: group.key,
        "records": group.records,
        "first": group.first,
        "last": group.last,
        "types": dict(group.types),
    }


def group_line(group: Group) -> str:
    """Key, number of records, first and last moment, types."""
    types = " ".join(f"{type_}({count})" for type_, count in group.types)
    return printable(f"{group.key:<24}  {group.records:>6}  {group.first[:19]}Z  {group.last[:19]}Z  {types}")
