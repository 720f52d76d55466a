"""The JSON Schema that pydantic makes of the models, put the way editors read best."""

import inspect
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

__all__ = ["DEFINITIONS", "Schema", "mapped", "tidied"]

Schema: TypeAlias = dict[str, Any]

DEFINITIONS: Final = "#/$defs/"
"""What every reference to a definition begins with."""

_BY_NAME = ("properties", "$defs")
_LISTS = ("anyOf", "oneOf", "allOf")
_SINGLE = ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not")
_FAMILIES = {"channels": "Channel", "checks": "Check", "conditions": "Condition", "discovery": "Discovery"}


def mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy of `schema` in which `change` was made to each schema directly below it.

    A property may be called `default` or `title`, so only the known keywords are followed.
    """
    found = dict(schema)
    for keyword in _BY_NAME:
        if keyword in found:
            found[keyword] = {name: change(below) for name, below in found[keyword].items()}
    for keyword in _LISTS:
        if keyword in found:
            found[keyword] = [change(below) for below in found[keyword]]
    for keyword in _SINGLE:
        if isinstance(found.get(keyword), dict):
            found[keyword] = change(found[keyword])
    return found


def tidied(schema: Schema) -> Schema:
    """The same schema: no null where the validator takes none, no empty defaults, maps by their names.

    Types follow from patterns, since the validator sees text where YAML sees a number or a switch.
    """
    schema = mapped(schema, tidied)
    if "$defs" in schema:
        schema["$defs"] = {_readable(name): below for name, below in schema["$defs"].items()}
    if "$ref" in schema:
        schema["$ref"] = DEFINITIONS + _readable(schema["$ref"].removeprefix(DEFINITIONS))
    if "properties" in schema:
        # pydantic titles every field by its own name, which tells nobody anything.
        schema["properties"] = {name: _untitled(below) for name, below in schema["properties"].items()}
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"])
    if "patternProperties" in schema:
        ((pattern, below),) = schema.pop("patternProperties").items()
        schema |= {"propertyNames": {"pattern": pattern}, "additionalProperties": tidied(below)}
    _without_null(schema)
    _with_a_default_that_says_something(schema)
    if schema.get("type") == "string" and "pattern" in schema:
        schema["type"] = _types(schema["pattern"])
    if "anyOf" in schema:
        schema["anyOf"] = _told_apart(schema["anyOf"])
    return schema


def _readable(name: str) -> str:
    """`Http` for a model; `HttpCheck` for what pydantic spells out because two models share a name."""
    *modules, last = name.split("__")
    return last + next((_FAMILIES[module] for module in modules if module in _FAMILIES), "")


def _untitled(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "title"}


def _without_null(schema: Schema) -> None:
    """A key without a value is refused: whoever wants the default leaves the key out."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema |= {**choices[0], **schema}
    elif choices:
        schema["anyOf"] = choices


def _with_a_default_that_says_something(schema: Schema) -> None:
    default = schema.get("default")
    if default in (None, "", [], {}) or isinstance(default, dict):
        schema.pop("default", None)
    elif isinstance(default, float) and default.is_integer():
        schema["default"] = int(default)


def _types(pattern: str) -> str | list[str]:
    """What an unquoted scalar that fits `pattern` may be to YAML: text, perhaps a number or a switch."""
    found = ["string"]
    if any(re.search(pattern, text) for text in ("1", "12", "100", "-1.5", "123456789012")):
        found.append("number")
    if any(re.search(pattern, text) for text in ("true", "false")):
        found.append("boolean")
    return found if len(found) > 1 else "string"


def _told_apart(choices: list[Schema]) -> list[Schema]:
    """The choices, of which text takes no number or switch where another choice is for those."""
    taken = {
        {"integer": "number"}.get(kind, kind)
        for choice in choices
        if isinstance(kind := choice.get("type"), str)
    }
    return [
        {**choice, "type": [kind for kind in choice["type"] if kind == "string" or kind not in taken]}
        if "pattern" in choice and isinstance(choice["type"], list)
        else choice
        for choice in choices
    ]
