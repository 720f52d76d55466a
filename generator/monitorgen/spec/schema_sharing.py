"""What a schema says many times, said once: scalars under their names, equal definitions under one."""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from monitorgen.spec.schema_tidying import DEFINITIONS, Schema, mapped, tidied
from monitorgen.vocabulary import fields

__all__ = ["shared"]

_SCALARS: Final = {
    "Duration": (fields.Duration, "A length of time: 30s, 5m, 1h30m, 30d, or a whole number of seconds."),
    "Boolean": (fields.Boolean, "true or false; also yes, no, on and off."),
    "Integer": (fields.Integer, "A whole number."),
    "Number": (fields.Number, "A number."),
    "Port": (fields.Port, "A port, from 1 to 65535."),
    "Text": (fields.Text, "Any text. Numbers and switches are taken as they are written."),
    "Name": (fields.Name, "A letter or `_`, then letters, digits, `_`, `-` or `.`."),
    "LabelName": (fields.LabelName, "Letters, digits and `_`, not beginning with `__`."),
    "MetricName": (fields.MetricName, "Letters, digits, `_` and `:`."),
    "AbsoluteUrl": (fields.AbsoluteUrl, "A URL that begins with http:// or https:// and a host."),
    "HostPort": (fields.HostPort, "An address with its port, such as checkout-1:9102."),
    "OneOrMore": (fields.OneOrMore, "A text, or a list of them."),
}
_SAID_OF_THE_PLACE = ("description", "title", "default")


def shared(schema: Schema) -> Schema:
    """The same schema with fewer words."""
    scalars = {name: tidied(TypeAdapter(kind).json_schema()) for name, (kind, _) in _SCALARS.items()}
    used: set[str] = set()
    found = _with_names(schema, {_key(scalar): name for name, scalar in scalars.items()}, used)
    found = _without_doubles(found)
    for name in used:
        found["$defs"][name] = {**scalars[name], "description": _SCALARS[name][1]}
    return {**found, "$defs": dict(sorted(found["$defs"].items()))}


def _key(schema: Schema) -> str:
    bare = {key: value for key, value in schema.items() if key not in _SAID_OF_THE_PLACE}
    return json.dumps(bare, sort_keys=True)


def _with_names(schema: Schema, names: Mapping[str, str], used: set[str]) -> Schema:
    """The schema with a reference wherever one of the scalars is spelled out; its name goes to `used`."""
    name = names.get(_key(schema))
    if name is None:
        return mapped(schema, lambda below: _with_names(below, names, used))
    used.add(name)
    return {"$ref": DEFINITIONS + name} | {key: schema[key] for key in _SAID_OF_THE_PLACE if key in schema}


def _without_doubles(schema: Schema) -> Schema:
    """The schema with one definition, that of the shortest name, for all that say the same."""
    while True:
        first: dict[str, str] = {}
        definitions: dict[str, Schema] = schema["$defs"]
        for name in sorted(definitions, key=lambda name: (len(name), name)):
            first.setdefault(json.dumps(definitions[name], sort_keys=True), name)
        kept = set(first.values())
        if len(kept) == len(definitions):
            return schema
        renamed = {
            DEFINITIONS + name: DEFINITIONS + first[json.dumps(below, sort_keys=True)]
            for name, below in definitions.items()
        }
        left = {name: below for name, below in definitions.items() if name in kept}
        schema = _renamed({**schema, "$defs": left}, renamed)


def _renamed(schema: Schema, names: Mapping[str, str]) -> Schema:
    found = mapped(schema, lambda below: _renamed(below, names))
    if "$ref" in found:
        found["$ref"] = names.get(found["$ref"], found["$ref"])
    return found
