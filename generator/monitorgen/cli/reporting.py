"""Diagnostics to the terminal, a file or a CI system, and progress for people who wait."""

import sys
import time
from collections.abc import Mapping, Sequence

import click

from monitorgen.cli.colours import colours
from monitorgen.cli.pipeline import Compiled
from monitorgen.model.diagnostic import Diagnostic, in_order
from monitorgen.review.codes import CODES
from monitorgen.review.diagnostics import FORMATS
from monitorgen.review.diagnostics.masking import masked
from monitorgen.source.node import Source

__all__ = ["Progress", "report", "show"]


def report(compiled: Sequence[Compiled], format_: str) -> None:
    """Prints the diagnostics of all of `compiled`, each once: text to standard error, the rest to output."""
    sources = {path: source for one in compiled for path, source in one.sources.items()}
    show(in_order(d for one in compiled for d in one.diagnostics), format_, sources)


def show(found: Sequence[Diagnostic], format_: str, sources: Mapping[str, Source] | None = None) -> None:
    """Prints these diagnostics, with the lines of `sources`."""
    is_text = format_ == "text"
    stream = sys.stderr if is_text else sys.stdout
    text = FORMATS[format_](
        found, masked(found, sources or {}), {code.id: code for code in CODES}, colours(stream)
    )
    if text:
        click.echo(text, nl=False, err=is_text, color=True)


class Progress:
    """One line on a terminal's standard error that says what is going on; nothing anywhere else."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0
        self._width = 0

    def step(self, text: str) -> None:
        """Shows `text`, at most twenty times a second."""
        now = time.monotonic()
        if self._shown and now - self._last > 0.05:
            self._last = now
            padding = " " * max(0, self._width - len(text))
            sys.stderr.write(f"\r{text}{padding}")
            sys.stderr.flush()
            self._width = len(text)

    def done(self) -> None:
        """Clears the line."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
