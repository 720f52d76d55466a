"""Spec files as they may be shown: with what a diagnostic says is a secret struck out."""

import re
from collections.abc import Iterable, Mapping

from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source.node import Source

__all__ = ["masked"]


def masked(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> Mapping[str, Source]:
    """The sources with a `*` for each character at which some diagnostic found a secret; places stay."""
    shown = dict(sources)
    for found in diagnostics:
        span = found.span
        if not found.secret or span is None or span.file not in shown:
            continue
        source = shown[span.file]
        starts = source.line_starts
        start = starts[span.line - 1] + span.column - 1
        end = starts[span.end_line - 1] + span.end_column - 1
        struck = re.sub(r"[^\s]", "*", source.text[start:end])
        shown[span.file] = Source(source.path, source.text[:start] + struck + source.text[end:])
    return shown
