"""The JSON Schema as text."""

import json

from monitorgen.spec.schema import json_schema

__all__ = ["schema_text"]


def schema_text() -> str:
    """The schema as JSON: each section and each definition on a line of its own, for diffs."""
    schema = json_schema()
    lines = [f"{json.dumps(key)}: {_compact(value)}" for key, value in schema.items() if key not in _SPREAD]
    lines += [f"{json.dumps(key)}: {{\n{_entries(schema[key])}\n}}" for key in _SPREAD]
    return "{\n" + ",\n".join(lines) + "\n}\n"


_SPREAD = ("properties", "$defs")


def _entries(value: dict[str, object]) -> str:
    return ",\n".join(f"  {json.dumps(key)}: {_compact(below)}" for key, below in value.items())


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
