"""Warnings as `manifest.json` keeps them, so that a build with nothing to do can show them again."""

from typing import Any

from monitorgen.model.diagnostic import Diagnostic, Related, Severity
from monitorgen.model.span import Span

__all__ = ["from_json", "to_json"]


def to_json(warning: Diagnostic) -> dict[str, Any]:
    """The warning as plain values; what is empty is left out."""
    content = {
        "code": warning.code,
        "severity": str(warning.severity),
        "message": warning.message,
        "at": _place(warning.span),
        "hint": warning.hint,
        "owner": warning.owner,
        "related": [{"message": one.message, "at": _place(one.span)} for one in warning.related],
    }
    return {name: value for name, value in content.items() if value}


def from_json(content: Any) -> Diagnostic | None:
    """The warning again, or None where it is not as `to_json` makes it."""
    if not isinstance(content, dict):
        return None
    texts = [content.get(name, "") for name in ("code", "message", "hint", "owner")]
    related = content.get("related", [])
    if not all(isinstance(text, str) for text in texts) or not isinstance(related, list):
        return None
    code, message, hint, owner = texts
    others = [_related(one) for one in related]
    span = _span(content["at"]) if "at" in content else None
    severity = content.get("severity")
    if severity not in ("warning", "info") or None in others or ("at" in content and span is None):
        return None
    kept = tuple(one for one in others if one is not None)
    return Diagnostic(code, Severity(severity), message, span, hint, kept, owner)


def _related(content: Any) -> Related | None:
    if not isinstance(content, dict) or not isinstance(content.get("message"), str):
        return None
    span = _span(content.get("at"))
    return Related(content["message"], span) if span is not None else None


def _place(span: Span | None) -> list[str | int]:
    return [] if span is None else [span.file, span.line, span.column, span.end_line, span.end_column]


def _span(content: Any) -> Span | None:
    if not isinstance(content, list) or len(content) != 5 or not isinstance(content[0], str):
        return None
    if not all(type(number) is int and 0 < number < 10**9 for number in content[1:]):
        return None
    return Span(*content)
