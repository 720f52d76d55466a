"""Diagnostics as SARIF 2.1.0, the OASIS interchange format that code scanning and editors read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.span import Span
from monitorgen.source.node import Source

__all__ = ["render"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    codes: Mapping[str, Code],
    color: bool,  # noqa: ARG001 - the signature all formats share
) -> str:
    """One run with a result for each diagnostic and a rule for each code among them."""
    used = sorted({diagnostic.code for diagnostic in diagnostics})
    index = {code: position for position, code in enumerate(used)}
    run = {
        "tool": {
            "driver": {"name": "monitorgen", "rules": [_rule(code, codes.get(code)) for code in used]},
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, index, sources) for diagnostic in diagnostics],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(identity: str, code: Code | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": identity}
    if code is not None:
        rule["shortDescription"] = {"text": code.title}
        rule["fullDescription"] = {"text": code.why}
        rule["help"] = {"text": _help(code)}
        rule["defaultConfiguration"] = {"level": _LEVELS[code.severity]}
    return rule


def _help(code: Code) -> str:
    examples = f"\n\nWrong:\n\n{code.bad}\nRight:\n\n{code.good}" if code.bad and code.good else ""
    return code.why + examples


def _result(
    diagnostic: Diagnostic, index: Mapping[str, int], sources: Mapping[str, Source]
) -> dict[str, Any]:
    text = diagnostic.message
    if diagnostic.hint:
        # Viewers show it as running text, and a message ends without a full stop of its own.
        text += ("" if text.endswith((".", "?", "!")) else ".") + f" Hint: {diagnostic.hint}"
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index[diagnostic.code],
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
    }
    if diagnostic.span is not None:
        result["locations"] = [_location(diagnostic.span, sources)]
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, **_location(related.span, sources), "message": {"text": related.message}}
            for number, related in enumerate(diagnostic.related, start=1)
        ]
    if diagnostic.owner:
        result["properties"] = {"owner": diagnostic.owner}
    return result


def _location(span: Span, sources: Mapping[str, Source]) -> dict[str, Any]:
    region: dict[str, Any] = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    source = sources.get(span.file)
    if source is not None:
        first = span.column - 1
        region["snippet"] = {"text": source.line(span.line, max(0, first - 100), first + 200)}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(span.file)}, "region": region}}
