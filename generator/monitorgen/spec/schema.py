"""The JSON Schema of a spec, assembled from the same models that validate it."""

from typing import Any

from monitorgen.spec.sections import Root

__all__ = ["json_schema"]

_ID = "https://json-schema.org/draft/2020-12/schema"
_NAMED = ("teams", "channels", "services", "profiles", "environments")
_NAMED_PARTS = ("scrape", "checks", "recordings", "alerts")


def json_schema() -> dict[str, Any]:
    """A JSON Schema (2020-12) for one spec file.

    A spec may be spread over files, so no section is required of any one of them, and every file may begin
    with `owner`. Profiles and environments are parts of a spec: the same shapes with nothing required.
    """
    schema = Root.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    whole = {"properties": schema["properties"], "$defs": definitions}
    parts = _optional(whole)
    for name, definition in parts["$defs"].items():
        definitions[f"Part{name}"] = definition
    properties = schema["properties"]
    properties["profiles"] = _map_of({"$ref": "#/$defs/PartService"}, "Bundles that services take by `use:`.")
    overlay = {
        key: value for key, value in parts["properties"].items() if key not in ("environments", "profiles")
    }
    definitions["PartRoot"] = {"type": "object", "properties": overlay, "additionalProperties": False}
    properties["environments"] = _map_of(
        {"$ref": "#/$defs/PartRoot"}, "What is different in each environment."
    )
    properties["owner"] = {"type": "string", "description": "The team that owns this file."}
    _allow_named_lists(properties, _NAMED)
    for definition in ("Service", "PartService"):
        _allow_named_lists(definitions[definition]["properties"], _NAMED_PARTS)
    return {
        "$schema": _ID,
        "title": "monitorgen spec",
        "description": "One file of a monitorgen spec.",
        "type": "object",
        "properties": dict(sorted(properties.items())),
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _map_of(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": schema, "description": description}


def _optional(schema: Any) -> Any:
    """The same shapes with nothing required but `type`, null allowed (it takes a key away), other names."""
    if isinstance(schema, list):
        return [_optional(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _optional(value) for key, value in schema.items() if key != "required"}
    if isinstance(reference := found.get("$ref"), str):
        found["$ref"] = reference.replace("#/$defs/", "#/$defs/Part")
    if isinstance(properties := found.get("properties"), dict) and "type" in found:
        found["properties"] = {key: {"anyOf": [value, {"type": "null"}]} for key, value in properties.items()}
    return found


def _allow_named_lists(properties: dict[str, Any], sections: tuple[str, ...]) -> None:
    """A section may also be a list whose items each carry their `name`."""
    for section in sections:
        if section in properties:
            mapping = properties[section]
            named = {"type": "array", "items": {"type": "object", "required": ["name"]}}
            properties[section] = {"anyOf": [mapping, named], "description": mapping.get("description", "")}
