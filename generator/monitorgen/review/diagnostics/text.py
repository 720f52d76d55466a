"""Diagnostics for a terminal: the place, the line with carets, what belongs to it, and how to mend it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.model.span import Span
from monitorgen.review.diagnostics.snippet import snippet
from monitorgen.review.diagnostics.visible import one_line
from monitorgen.source.node import Source

__all__ = ["blocks", "render", "summary"]

_BOLD, _DIM, _GREEN, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[0m"
_COLORS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;36m"}
_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "notes"}
_SINGULARS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    codes: Mapping[str, Code],  # noqa: ARG001 - the signature all formats share
    color: bool,
) -> str:
    """All diagnostics, each with its line and carets, and a last line that counts them; "" when none."""
    if not diagnostics:
        return ""
    return f"{blocks(diagnostics, sources, color)}\n\n{summary(diagnostics)}\n"


def blocks(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], color: bool) -> str:
    """Each diagnostic with its line and carets, an empty line between them."""
    return "\n\n".join("\n".join(_block(diagnostic, sources, color)) for diagnostic in diagnostics)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many of each severity, and where to read more about the first code."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    parts = [
        f"{counts[severity]} {(_SINGULARS if counts[severity] == 1 else _PLURALS)[severity]}"
        for severity in Severity
        if counts[severity]
    ]
    worst = min(diagnostics, key=lambda found: list(Severity).index(found.severity))
    return f"{', '.join(parts)}; for more about one: monitorgen explain {worst.code}"


def _block(diagnostic: Diagnostic, sources: Mapping[str, Source], color: bool) -> Iterator[str]:
    spans = [diagnostic.span, *(related.span for related in diagnostic.related)]
    gutter = max((len(str(span.line)) for span in spans if span is not None), default=1)
    where = f"{_paint(_place(diagnostic.span), _BOLD, color)}: " if diagnostic.span is not None else ""
    what = _paint(f"{diagnostic.severity} {diagnostic.code}", _COLORS[diagnostic.severity], color)
    owner = f" (owner: {one_line(diagnostic.owner)})" if diagnostic.owner else ""
    yield f"{where}{what}: {one_line(diagnostic.message)}{owner}"
    yield from _snippet(diagnostic.span, sources, gutter, _COLORS[diagnostic.severity], color)
    for related in diagnostic.related:
        yield f"  {_place(related.span)}: {one_line(related.message)}"
        yield from _snippet(related.span, sources, gutter, _DIM, color)
    if diagnostic.hint:
        yield f"  {_paint('hint:', _GREEN, color)} {one_line(diagnostic.hint)}"


def _snippet(
    span: Span | None, sources: Mapping[str, Source], gutter: int, paint: str, color: bool
) -> Iterator[str]:
    source = sources.get(span.file) if span is not None else None
    lines = snippet(source, span) if source is not None and span is not None else None
    if lines is None or span is None:
        return
    line, carets = lines
    indent = len(carets) - len(carets.lstrip())
    number, edge = (_paint(f"{text:>{gutter}} |", _DIM, color) for text in (span.line, ""))
    yield f"  {number} {line}"
    yield f"  {edge} {' ' * indent}{_paint(carets[indent:], paint, color)}"


def _place(span: Span | None) -> str:
    return one_line(str(span)) if span is not None else ""


def _paint(text: str, paint: str, color: bool) -> str:
    return f"{paint}{text}{_RESET}" if color else text
