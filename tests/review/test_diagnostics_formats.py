"""Diagnostics for machines: JSON, SARIF and GitHub's workflow commands."""

import json
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.model.diagnostic import Code, Diagnostic, Related, Severity
from monitorgen.model.span import Span
from monitorgen.review.diagnostics import FORMATS
from monitorgen.source.node import Source

WRONG = Code("MG0001", "Wrong: really", why="It is wrong.", bad="a: b\n", good="a: c\n")
DOUBTFUL = Code("MG0002", "Doubtful", why="It may be.", severity=Severity.WARNING)
CODES = {code.id: code for code in (WRONG, DOUBTFUL)}
SOURCE = Source("spec/a b,c.yaml", "a: {b: [1,\n  2]}\nc: 100%\n")
ONE = Span(SOURCE.path, 1, 5, 1, 6)
TWO_LINES = Span(SOURCE.path, 1, 8, 2, 5)
DIAGNOSTICS = [
    WRONG.at(ONE, "`b` is 100% wrong", hint="say c: d", related=[Related("because of this", TWO_LINES)]),
    Diagnostic("MG0002", Severity.WARNING, "two\nlines", TWO_LINES, owner="ops"),
    Diagnostic("MG0009", Severity.INFO, "no place, no code"),
]


def render(name: str, diagnostics: list[Diagnostic]) -> str:
    return FORMATS[name](diagnostics, {SOURCE.path: SOURCE}, CODES, False)


def test_the_formats() -> None:
    assert list(FORMATS) == ["text", "json", "sarif", "github"]


def test_github() -> None:
    assert render("github", DIAGNOSTICS).splitlines() == [
        "::error file=spec/a b%2Cc.yaml,line=1,endLine=1,col=5,endColumn=5,title=MG0001 Wrong%3A really"
        "::`b` is 100%25 wrong%0Aspec/a b,c.yaml:1:8: because of this%0Ahint: say c: d",
        "::warning file=spec/a b%2Cc.yaml,line=1,endLine=2,title=MG0002 Doubtful::two␊lines (owner: ops)",
        "::notice title=MG0009::no place, no code",
    ]


@given(st.text(), st.text())
def test_github_takes_one_line_for_each(message: str, hint: str) -> None:
    shown = render("github", [WRONG.at(Span(message or "x", 1, 1, 1, 2), message, hint=hint)])
    assert shown.splitlines() == [shown[:-1]]
    assert shown.startswith("::error file=")


def test_json() -> None:
    document = json.loads(render("json", DIAGNOSTICS))
    assert document["counts"] == {"error": 1, "warning": 1, "info": 1}
    place = {"file": "spec/a b,c.yaml", "line": 1, "column": 5, "end_line": 1, "end_column": 6}
    assert document["diagnostics"][0] == {
        "code": "MG0001",
        "title": "Wrong: really",
        "severity": "error",
        "message": "`b` is 100% wrong",
        "place": place,
        "owner": "",
        "hint": "say c: d",
        "related": [
            {"message": "because of this", "place": place | {"column": 8, "end_line": 2, "end_column": 5}},
        ],
    }
    assert document["diagnostics"][1]["owner"] == "ops"
    assert document["diagnostics"][2]["place"] is None
    assert json.loads(render("json", [])) == {
        "diagnostics": [],
        "counts": {"error": 0, "warning": 0, "info": 0},
    }


POSITIVE = {"type": "integer", "minimum": 1}
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "message": TEXT,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9%/._~-]+$"}},
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "properties": {
                        **dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), POSITIVE),
                        "snippet": {"type": "object", "properties": {"text": {"type": "string"}}},
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
# The part of SARIF 2.1.0 that we write, by sections 3.13 (log), 3.14 (run), 3.27 (result), 3.49 (rule).
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {"properties": {"level": LEVEL}},
                                            },
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                                "additionalProperties": False,
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": TEXT,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "uniqueItems": True, "items": LOCATION},
                                "properties": {"type": "object"},
                            },
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def sarif(diagnostics: list[Diagnostic]) -> Any:
    document = json.loads(render("sarif", diagnostics))
    jsonschema.validate(document, SARIF)
    return document["runs"][0]


def test_sarif() -> None:
    run = sarif(DIAGNOSTICS)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["MG0001", "MG0002", "MG0009"]
    assert rules[0]["fullDescription"]["text"] == "It is wrong."
    assert "a: c" in rules[0]["help"]["text"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["MG0001", "MG0002", "MG0009"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    first = run["results"][0]
    assert first["message"]["text"] == "`b` is 100% wrong. Hint: say c: d"
    place = first["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == SOURCE.path
    assert place["region"]["snippet"] == {"text": "a: {b: [1,"}
    assert (place["region"]["startColumn"], place["region"]["endColumn"]) == (5, 6)
    assert first["relatedLocations"][0]["physicalLocation"]["region"]["endLine"] == 2
    assert run["results"][1]["properties"] == {"owner": "ops"}
    assert "locations" not in run["results"][2]


def test_sarif_of_nothing_says_so() -> None:
    assert sarif([])["results"] == []


@given(st.text(min_size=1), st.integers(1, 3), st.integers(1, 30))
def test_sarif_takes_any_text(message: str, line: int, column: int) -> None:
    sarif([WRONG.at(Span("a.yaml", line, column, line, column), message, hint=message)])


@pytest.mark.parametrize("name", FORMATS)
def test_output_ends_its_last_line(name: str) -> None:
    assert render(name, DIAGNOSTICS).endswith("\n")
