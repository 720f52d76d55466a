"""The receiver's HTTP interface, from the OpenAPI document that it serves itself."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from monitorgen_exporters.receiver.api.app import description
from scripts.documentation.markdown import cell, slug, table

__all__ = ["operations", "problems", "schemas"]

_PROBLEM = "application/problem+json"

_Json = dict[str, Any]


@cache
def _described() -> _Json:
    return description()


def operations() -> str:
    """Every operation under its tag: what it takes and answers."""
    parts: list[str] = []
    for tag in _described()["tags"]:
        parts += [f"### Operations: {tag['name']}", tag["description"]]
        for path, item in _described()["paths"].items():
            for method, operation in item.items():
                if tag["name"] in operation.get("tags", ()):
                    parts += _operation(f"{method.upper()} {path}", operation)
    return "\n\n".join(parts)


def problems() -> str:
    """The meanings of answers that are problems, but for those that one operation has of its own."""
    return table(("status", "means"), sorted((status, cell(said)) for status, said in _common().items()))


def schemas() -> str:
    """Every body, with its fields."""
    return "\n\n".join(
        f"### {name}\n\n{' '.join(schema.get('description', '').split())}\n\n{_fields(schema)}"
        for name, schema in sorted(_described()["components"]["schemas"].items())
    )


def _operation(name: str, operation: _Json) -> Iterator[str]:
    yield f"#### {name}"
    for paragraph in operation["description"].split("\n\n"):
        yield " ".join(paragraph.split())
    if found := operation.get("parameters"):
        rows = [
            (f"`{each['name']}`", each["in"], _type(each["schema"]), _default(each["schema"]), _said(each))
            for each in found
        ]
        yield table(("parameter", "in", "type", "default", "what it says"), rows)
    if body := operation.get("requestBody"):
        ((_, content),) = body["content"].items()
        needed = "" if body.get("required") else ", which may be left out"
        yield f"Body: {_type(content['schema'])}{needed}."
    told = sorted(operation["responses"].items())
    common = _common()
    usual = [
        status for status, answer in told if _is_problem(answer) and common[status] == answer["description"]
    ]
    answers = [(status, _answer(answer)) for status, answer in told if status not in usual]
    yield table(("answer", "means"), answers)
    if usual:
        yield f"Problems: {', '.join(usual)}."


@cache
def _common() -> dict[str, str]:
    """What each status of a problem means, in the words of the first operation that has it."""
    found: dict[str, str] = {}
    for item in _described()["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                if _is_problem(answer):
                    found.setdefault(status, answer["description"])
    return found


def _is_problem(answer: _Json) -> bool:
    return _PROBLEM in answer.get("content", {})


def _answer(answer: _Json) -> str:
    shown = [
        f"{_type(content['schema'])} as `{media}`"
        if media != "application/json"
        else _type(content["schema"])
        for media, content in answer.get("content", {}).items()
    ]
    said = "" if answer["description"] == "Successful Response" else cell(answer["description"])
    if not shown:
        return said or "done"
    return f"{said.rstrip('.')}: {' or '.join(shown)}" if said else " or ".join(shown)


def _said(parameter: _Json) -> str:
    return cell(parameter.get("description") or parameter["schema"].get("description", ""))


def _fields(schema: _Json) -> str:
    needed = schema.get("required", ())
    rows = [
        (
            f"`{name}`",
            _type(field),
            "**required**" if name in needed else _default(field),
            cell(field.get("description", "")),
        )
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("field", "type", "default", "what it says"), rows)


def _default(schema: _Json) -> str:
    found = schema.get("default")
    return "" if found in (None, "", []) else f"`{str(found).lower() if isinstance(found, bool) else found}`"


def _type(schema: _Json) -> str:
    """What a value is, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{slug(name)})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{each}`" for each in schema.get("enum", (schema.get("const"),)))
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema['items'])}"
        case "string":
            return "time" if schema.get("format") == "date-time" else "text"
        case "object":
            values = schema.get("additionalProperties")
            return f"map to {_type(values)}" if isinstance(values, dict) and values else "map"
        case "null":
            return "null"
        case "integer":
            return "whole number"
        case "boolean":
            return "true or false"
        case other:
            return str(other or "anything")
