"""Diagnostics as people and machines read them: one pure function for every format.

Each takes the diagnostics in the order to show them, the sources by shown path, the codes by id, and
whether to colour; each returns the whole output, ending in a line break unless it is empty. What a spec
says never reaches a terminal, a log or a workflow as anything but text.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.review.diagnostics import github, json, sarif, text
from monitorgen.source.node import Source

__all__ = ["FORMATS", "Render"]


class Render(Protocol):
    """One output format."""

    def __call__(
        self,
        diagnostics: Sequence[Diagnostic],
        sources: Mapping[str, Source],
        codes: Mapping[str, Code],
        color: bool,
    ) -> str:
        """The whole output for these diagnostics."""


FORMATS: Mapping[str, Render] = MappingProxyType(
    {
        "text": text.render,
        "json": json.render,
        "sarif": sarif.render,
        "github": github.render,
    }
)
