"""Pages of Markdown as the generator and the tests read them: fences, headings, links, generated parts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BEGIN",
    "END",
    "Fence",
    "Line",
    "anchors",
    "cell",
    "fences",
    "lines",
    "links",
    "pages",
    "slug",
    "table",
]

BEGIN = re.compile(r"<!-- begin: (?P<name>[a-z-]+)(?P<arguments>( [^ ]+)*) -->")
END = "<!-- end -->"
"""A generated part stands between `<!-- begin: NAME ARGUMENTS -->` and this."""

_FENCE = re.compile(r"(`{3,})(.*)")
_LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
_CODE_SPAN = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Line:
    """One line, whether it belongs to a fenced block, and whether to a generated part."""

    number: int
    text: str
    fenced: bool
    generated: bool


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, its text, and the last line of prose before it that is not empty."""

    line: int
    language: str
    text: str
    before: str
    generated: bool


def lines(text: str) -> Iterator[Line]:
    """Every line of a page; the marks of a fence and of a generated part belong to it."""
    ticks, generated = "", False
    for number, line in enumerate(text.splitlines(), start=1):
        fence = _FENCE.match(line)
        if not ticks and BEGIN.fullmatch(line):
            generated = True
        yield Line(number, line, bool(ticks) or fence is not None, generated)
        if fence is not None:
            if not ticks:
                ticks = fence[1]
            elif line.rstrip() == ticks:
                ticks = ""
        elif not ticks and line == END:
            generated = False


def fences(text: str) -> Iterator[Fence]:
    """The fenced blocks of a page, in order."""
    opened: Line | None = None
    before, body, ticks = "", list[str](), ""
    for line in lines(text):
        if not line.fenced:
            before = line.text if line.text.strip() else before
        elif opened is None:
            opened, body = line, []
            ticks = "`" * (len(line.text) - len(line.text.lstrip("`")))
        elif line.text.rstrip() == ticks:
            language = opened.text.lstrip("`").strip()
            yield Fence(opened.number, language, "\n".join(body) + "\n", before, opened.generated)
            opened = None
        else:
            body.append(line.text)


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def anchors(text: str) -> set[str]:
    """The anchors of all headings of a page."""
    return {
        slug(line.text.lstrip("#")) for line in lines(text) if not line.fenced and line.text.startswith("#")
    }


def links(text: str) -> Iterator[tuple[int, str]]:
    """(line, target) of every link in the prose of a page."""
    for line in lines(text):
        if not line.fenced:
            for found in _LINK.finditer(_CODE_SPAN.sub("`code`", line.text)):
                yield line.number, found[1]


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table; the cells are Markdown already."""
    body = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in body)


def cell(text: str) -> str:
    """Text of one or more lines as the inside of a cell."""
    return " ".join(text.split()).replace("|", r"\|")


def pages(top: Path) -> list[Path]:
    """README.md and every page below docs/, sorted."""
    return [top / "README.md", *sorted((top / "docs").rglob("*.md"))]
