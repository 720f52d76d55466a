"""Diagnostics as GitHub workflow commands, which Actions shows beside the lines of a pull request.

The form is `::error file=...,line=...,col=...,title=...::message`; GitHub documents which characters are
escaped under "Workflow commands for GitHub Actions".
"""

from collections.abc import Mapping, Sequence

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.review.diagnostics.visible import one_line
from monitorgen.source.node import Source

__all__ = ["render"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],  # noqa: ARG001 - the signature all formats share
    codes: Mapping[str, Code],
    color: bool,  # noqa: ARG001
) -> str:
    """One line for each diagnostic; the hint and the related places follow the message."""
    return "".join(_command(diagnostic, codes) + "\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic, codes: Mapping[str, Code]) -> str:
    properties: dict[str, str] = {}
    span = diagnostic.span
    if span is not None:
        properties = {"file": span.file, "line": str(span.line), "endLine": str(span.end_line)}
        # GitHub takes columns only of a range within one line.
        if span.line == span.end_line:
            properties["col"] = str(span.column)
            properties["endColumn"] = str(max(span.column, span.end_column - 1))
    code = codes.get(diagnostic.code)
    properties["title"] = f"{diagnostic.code} {code.title}" if code is not None else diagnostic.code
    lines = [diagnostic.message + (f" (owner: {diagnostic.owner})" if diagnostic.owner else "")]
    lines += [f"{related.span}: {related.message}" for related in diagnostic.related]
    if diagnostic.hint:
        lines.append(f"hint: {diagnostic.hint}")
    head = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {head}::{'%0A'.join(_data(line) for line in lines)}"


def _data(text: str) -> str:
    # Line breaks are visible signs by now; the other character with a meaning is the percent sign.
    return one_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
