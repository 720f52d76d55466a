"""The shapes of a spec, once for each kind of place they stand in.

The same alert is whole in a service, may lack anything in a profile or beside one, and in an environment a
null takes a key away. Written as a list, an item also carries its `name`.
"""

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Any

from monitorgen.spec.schema_tidying import DEFINITIONS, Schema, mapped

__all__ = ["KEYED", "Presence", "Variants", "loose_reference", "nullable"]

KEYED = "$keyed"
"""Marks a map that may also be written as a list of named items."""

_PRESENCE = "$presence"


class Presence(IntEnum):
    """How much of a shape has to be there: all that is required, or nothing; or keys are even taken away."""

    STRICT = 0
    LOOSE = 1
    OVERLAY = 2


def loose_reference(name: str, presence: Presence) -> Schema:
    """A reference to a shape of which no more than `presence` says has to be there."""
    return {"$ref": DEFINITIONS + name, _PRESENCE: presence}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" in schema and not {"enum", "const", "allOf"} & schema.keys():
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        return {**schema, "type": [*types, "null"]}
    outside: Schema = {key: schema[key] for key in ("description", "title", "default") if key in schema}
    inside = {key: value for key, value in schema.items() if key not in outside}
    return {**outside, "anyOf": [inside, {"type": "null"}]}


class Variants:
    """Makes the variants of definitions that are asked for, and those that these refer to.

    `filled` are the shapes that take fields from `defaults`, so that only their `type` has to be there.
    `opened` are properties that are whole in themselves unless another property stands beside them:
    `{"Service": ("use", ("alerts", ...))}`.
    """

    def __init__(
        self,
        definitions: Mapping[str, Schema],
        filled: Collection[str],
        opened: Mapping[str, tuple[str, tuple[str, ...]]],
    ) -> None:
        self._raw = definitions
        self._filled = filled
        self._opened = opened
        self._made: dict[str, Schema] = {}

    @property
    def made(self) -> dict[str, Schema]:
        """Every variant that was needed, by its name, sorted."""
        return dict(sorted(self._made.items()))

    def reference(self, name: str, presence: Presence, *, named: bool = False) -> Schema:
        """A reference to the variant, which is made if it is not there yet."""
        prefix = ("", "Loose", "Overlay")[presence]
        key = ("Named" if named else "") + prefix + name
        if key not in self._made:
            self._made[key] = {}  # a shape may contain itself
            self._made[key] = self.variant(name, presence, named=named)
        return {"$ref": DEFINITIONS + key}

    def variant(self, name: str, presence: Presence, *, named: bool = False) -> Schema:
        """The definition itself."""
        raw = self._raw[name]
        found = self._converted(raw, presence)
        if presence is not Presence.STRICT:
            found.pop("required", None)
        if named:
            label = {"type": ["string", "number", "boolean"], "description": "What it is known by."}
            found["properties"] = {"name": label, **found.get("properties", {})}
            found["required"] = ["name", *found.get("required", [])]
        if presence is Presence.STRICT and name in self._opened:
            beside, parts = self._opened[name]
            whole = {part: found["properties"][part] for part in parts}
            open_ = {part: self._converted(raw["properties"][part], Presence.LOOSE) for part in parts}
            found["properties"] |= {
                part: {key: below[key] for key in ("description", "title") if key in below}
                for part, below in whole.items()
            }
            found |= {
                "if": {"required": [beside]},
                "then": {"properties": open_},
                "else": {"properties": whole},
            }
        return found

    def _converted(self, schema: Schema, presence: Presence, *, named: bool = False) -> Schema:
        if "$ref" in schema:
            below = Presence(max(presence, schema.get(_PRESENCE, 0)))
            siblings = {key: value for key, value in schema.items() if key not in ("$ref", _PRESENCE)}
            return siblings | self.reference(schema["$ref"].removeprefix(DEFINITIONS), below, named=named)
        if kinds := self._kinds(schema):
            return self._by_type(schema, kinds, presence, named)
        above = {key: value for key, value in schema.items() if key != "items"}
        found = mapped(above, lambda below: self._converted(below, presence))
        if "items" in schema:
            # A list is taken as it is wherever it stands: only maps are merged.
            found["items"] = self._converted(schema["items"], Presence.STRICT)
        if "oneOf" in found:
            found["anyOf"] = found.pop("oneOf")
        if found.pop(KEYED, False):
            found["type"] = ["object", "array"]
            found["items"] = self._converted(schema["additionalProperties"], presence, named=True)
        if presence is Presence.OVERLAY:
            self._allow_taking_away(found)
        return found

    def _allow_taking_away(self, found: Schema) -> None:
        if "properties" in found:
            found["properties"] = {key: nullable(below) for key, below in found["properties"].items()}
        if found.get("additionalProperties"):
            below = found["additionalProperties"]
            found["additionalProperties"] = below if below is True else nullable(below)

    def _kinds(self, schema: Schema) -> dict[str, str]:
        """The shapes a `type:` chooses from, by that word; empty for any other schema."""
        found = {}
        for choice in schema.get("oneOf", []):
            name = choice.get("$ref", "").removeprefix(DEFINITIONS)
            word = self._raw.get(name, {}).get("properties", {}).get("type", {}).get("const")
            if word is None:
                return {}
            found[word] = name
        return found

    def _by_type(self, schema: Schema, kinds: dict[str, str], presence: Presence, named: bool) -> Schema:
        """One shape for each word after `type:`; `if` gives better messages in editors than `oneOf`."""
        shapes = {
            word: self.reference(
                name, Presence(max(presence, Presence.LOOSE if name in self._filled else 0)), named=named
            )
            for word, name in kinds.items()
        }
        cases: list[dict[str, Any]] = [
            {"if": {"properties": {"type": {"const": word}}, "required": ["type"]}, "then": shape}
            for word, shape in shapes.items()
        ]
        found = {key: value for key, value in schema.items() if key not in ("oneOf", "discriminator")}
        found |= {"type": "object", "properties": {"type": {"enum": list(shapes)}}, "allOf": cases}
        if presence is Presence.STRICT:
            found["required"] = ["type"]
        else:
            cases.append({"if": {"not": {"required": ["type"]}}, "then": {"anyOf": list(shapes.values())}})
        return found
