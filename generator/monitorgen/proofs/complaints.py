"""Findings made of what Go programs print about a YAML file."""

import re
from collections.abc import Iterator
from typing import Final

from monitorgen.proofs.verdicts import Finding

__all__ = ["by_line", "trimmed"]

_LINE: Final = re.compile(r"\s*(?:.*?\byaml: )?line (\d+): ")


def by_line(text: str, file: str) -> Iterator[Finding]:
    """A finding for every `line N: ...` in `text`, or one for all of it where there is none."""
    placed = [(line, found) for line in text.splitlines() if (found := _LINE.match(line))]
    if not placed:
        yield Finding(trimmed(text), file)
    for line, found in placed:
        yield Finding(line[found.end() :], file, int(found[1]))


def trimmed(text: str) -> str:
    """`text` without blank lines and without the indentation all its lines share."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line[indent:] for line in lines)
