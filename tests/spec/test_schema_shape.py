"""The JSON Schema as editors need it: valid, described, and in words every reader of schemas knows."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from monitorgen.spec.schema import DIALECT, json_schema
from monitorgen.vocabulary.channels import CHANNELS
from monitorgen.vocabulary.checks import CHECKS
from monitorgen.vocabulary.conditions import CONDITIONS
from tests.support.checkout import TOP

SCHEMA = json_schema()


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within `schema`, itself first."""
    if isinstance(schema, dict):
        yield schema
        for keyword, below in schema.items():
            if keyword in ("properties", "$defs"):
                for one in below.values():
                    yield from subschemas(one)
            elif keyword not in ("default", "enum", "const", "required"):
                yield from subschemas(below)
    elif isinstance(schema, list):
        for one in schema:
            yield from subschemas(one)


def test_it_is_a_valid_schema_of_its_dialect() -> None:
    assert SCHEMA["$schema"] == DIALECT
    Draft202012Validator.check_schema(SCHEMA)


def test_it_uses_only_keywords_of_json_schema() -> None:
    known = {
        *("$schema", "$defs", "$ref", "title", "description", "default", "type", "enum", "const"),
        *("properties", "additionalProperties", "propertyNames", "required", "minProperties"),
        *("maxProperties", "items", "minItems", "maxItems", "uniqueItems"),
        *("pattern", "minLength", "minimum", "maximum"),
        *("anyOf", "allOf", "if", "then", "else", "not"),
    }
    assert {keyword for schema in subschemas(SCHEMA) for keyword in schema} <= known


def test_every_reference_leads_somewhere_and_every_definition_is_used() -> None:
    used = {schema["$ref"] for schema in subschemas(SCHEMA) if "$ref" in schema}
    assert used == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


def test_patterns_are_those_of_javascript_too() -> None:
    """Editors run them there: no flags within, no possessive signs, no names, no anchors of Python's own."""
    for schema in subschemas(SCHEMA):
        if pattern := schema.get("pattern"):
            assert not re.search(r"\(\?(?!:|=|!)|\\[AZz]|[*+?}]\+", pattern), pattern
            re.compile(pattern)


def described(field: dict[str, Any]) -> bool:
    """Whether the field says what it is for, or all that it refers to does."""
    if field.get("description"):
        return True
    below = [field, *field.get("anyOf", [])]
    named = [SCHEMA["$defs"][one["$ref"].removeprefix("#/$defs/")] for one in below if "$ref" in one]
    return bool(named) and all(one.get("description") for one in named)


def test_every_field_is_described() -> None:
    undescribed = [
        f"{name}.{key}"
        for name, definition in {"": SCHEMA, **SCHEMA["$defs"]}.items()
        for key, field in definition.get("properties", {}).items()
        if key != "type" and not described(field)
    ]
    assert undescribed == []


def test_kinds_are_offered_by_their_words() -> None:
    offered = {
        frozenset(schema["properties"]["type"]["enum"])
        for schema in subschemas(SCHEMA)
        if "enum" in schema.get("properties", {}).get("type", {})
    }
    for family in (CHANNELS, CHECKS, CONDITIONS):
        assert frozenset(kind.kind() for kind in family) in offered


def test_it_is_the_same_every_time() -> None:
    assert json.dumps(json_schema()) == json.dumps(SCHEMA)


def test_what_was_compiled_before_makes_no_difference() -> None:
    """Compiling builds the models without their texts: the very first schema after that has them all."""
    program = (
        "import json, pathlib, sys\n"
        "from monitorgen.cli.pipeline import compile_spec, read\n"
        "from monitorgen.spec.schema import json_schema\n"
        "compile_spec(read([pathlib.Path(sys.argv[1])]))\n"
        "print(json.dumps(json_schema()))\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program, TOP / "examples/enterprise/spec"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == json.dumps(SCHEMA) + "\n"
