"""Diagnostics as one JSON document, for scripts."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.span import Span
from monitorgen.source.node import Source

__all__ = ["render"]


def render(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],  # noqa: ARG001 - the signature all formats share
    codes: Mapping[str, Code],
    color: bool,  # noqa: ARG001
) -> str:
    """An object with `diagnostics`, a list, and `counts`, the number of each severity.

    Each diagnostic has code, title, severity, message, hint, owner and related; `place` is null or has
    file, line, column, end_line and end_column, counted from 1, the end exclusive.
    """
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    document = {
        "diagnostics": [_diagnostic(diagnostic, codes) for diagnostic in diagnostics],
        "counts": {severity.value: counts[severity] for severity in Severity},
    }
    return json.dumps(document, indent=2) + "\n"


def _diagnostic(diagnostic: Diagnostic, codes: Mapping[str, Code]) -> dict[str, Any]:
    code = codes.get(diagnostic.code)
    return {
        "code": diagnostic.code,
        "title": code.title if code is not None else "",
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "place": _place(diagnostic.span) if diagnostic.span is not None else None,
        "owner": diagnostic.owner,
        "hint": diagnostic.hint,
        "related": [
            {"message": related.message, "place": _place(related.span)} for related in diagnostic.related
        ],
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
