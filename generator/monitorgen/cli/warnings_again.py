"""The warnings of a build that is up to date, shown again from its manifest. Imports nothing heavy."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from monitorgen.cli.colours import colours
from monitorgen.model.diagnostic import Diagnostic
from monitorgen.model.span import Span
from monitorgen.source.files import spec_files

__all__ = ["placed", "show_again"]


def placed(found: Diagnostic, names: Mapping[str, str]) -> Diagnostic:
    """The same with every file called as `names` has it."""

    def renamed(span: Span) -> Span:
        return replace(span, file=names.get(span.file, span.file))

    related = tuple(replace(one, span=renamed(one.span)) for one in found.related)
    return replace(found, span=renamed(found.span) if found.span else None, related=related)


def show_again(warnings: Sequence[Diagnostic], paths: Sequence[Path]) -> None:
    """Prints what a manifest keeps of the spec below `paths` to standard error, for people."""
    if not warnings:
        return
    from monitorgen.review.diagnostics.text import render
    from monitorgen.source.node import Source

    listed = spec_files(paths)
    named = {one.span.file for one in warnings if one.span} | {
        other.span.file for one in warnings for other in one.related
    }
    sources = {
        file.shown: Source(file.shown, file.path.read_text(encoding="utf-8-sig", errors="replace"))
        for file in listed
        if file.name in named
    }
    shown = {file.name: file.shown for file in listed}
    text = render([placed(one, shown) for one in warnings], sources, {}, colours(sys.stderr))
    click.echo(text, nl=False, err=True, color=True)
