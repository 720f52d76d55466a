"""A spec file as a tree: maps, sequences and scalars, each knowing where it stands.

Offsets count characters of `Source.text`. A `Span` with lines and columns is made only when somebody
asks for it, because a spec has a hundred thousand nodes and a run asks for a few of them.

Nodes are not frozen, since freezing doubles the time to build a tree, but nobody changes one: a node an
alias points at stands at several places of the tree.
"""

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, TypeAlias

from monitorgen.model.span import Span
from monitorgen.source.positions import character_ranges

__all__ = [
    "NULLS",
    "Entry",
    "Mapping",
    "Node",
    "Plain",
    "Scalar",
    "Sequence",
    "Source",
    "get",
    "plain",
    "span_of",
]

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""What YAML 1.1 reads as nothing when it stands unquoted."""


@dataclass(slots=True, eq=False, repr=False)
class Source:
    """One file's text; `path` is as shown to people, relative and with forward slashes."""

    path: str
    text: str
    _line_starts: "array[int] | None" = field(default=None, init=False)

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.text)} characters)"

    @property
    def line_starts(self) -> "array[int]":
        """The offset of the first character of each line; lines end with LF, CR LF or CR, as in editors."""
        if self._line_starts is None:
            self._line_starts = _line_starts(self.text)
        return self._line_starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset`, both from 1; past the end is the end."""
        starts = self.line_starts
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The characters from `start` up to and without `end`."""
        line, column = self.place(start)
        end_line, end_column = self.place(max(start, end))
        return Span(self.path, line, column, end_line, end_column)

    def line(self, number: int, start: int = 0, end: int | None = None) -> str:
        """Characters `start` to `end` of line `number` (from 1), without its line break.

        Empty when there is no such line. A part of a very long line costs no more than the part.
        """
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        begin = starts[number - 1]
        after = starts[number] if number < len(starts) else len(self.text)
        while after > begin and self.text[after - 1] in "\r\n":
            after -= 1
        return self.text[begin + start : after if end is None else min(begin + end, after)]


@dataclass(slots=True, eq=False)
class Scalar:
    """A text; `style` is the quote or block sign it was written with, empty for plain.

    `start` and `end` enclose what was written, quotes and block header included, anchor and tag not.
    """

    source: Source
    start: int
    end: int
    text: str
    style: str

    @property
    def is_null(self) -> bool:
        """True for an unquoted `null`, `~` or nothing at all."""
        return self.style == "" and self.text in NULLS

    @property
    def span(self) -> Span:
        """The place of the whole scalar, without the blank lines after a block."""
        text = self.source.text
        end = self.end
        if self.style in ("|", ">"):
            end = max(self.start, self.start + len(text[self.start : end].rstrip()))
        return self.source.span(self.start, end)

    def span_at(self, start: int, end: int) -> Span:
        """The place in the file of `text[start:end]`, through quotes, escapes, folding and indentation.

        `start == end` gives a span of no width before that character (or after the last one).
        """
        ranges = character_ranges(self.source.text, self.start, self.end, self.style, self.text)
        if ranges is None:
            return self.span
        starts, ends = ranges
        size = len(starts)
        if not size:
            return self.source.span(self.start, self.start)
        start = max(0, min(start, size))
        end = max(start, min(end, size))
        first = starts[start] if start < size else ends[-1]
        last = ends[end - 1] if end > start else first
        return self.source.span(first, max(first, last))


@dataclass(slots=True, eq=False)
class Entry:
    """One key of a map with its value."""

    key: Scalar
    value: "Node"


@dataclass(slots=True, eq=False)
class Mapping:
    """A map in the order it was written; merge keys are already resolved, null values are kept."""

    source: Source
    start: int
    end: int
    entries: dict[str, Entry]

    @property
    def span(self) -> Span:
        """All of `{...}`; of a block the rest of its first line, which is what a caret can underline."""
        return _collection_span(self)


@dataclass(slots=True, eq=False)
class Sequence:
    """A list in the order it was written."""

    source: Source
    start: int
    end: int
    items: list["Node"]

    @property
    def span(self) -> Span:
        """All of `[...]`; of a block the rest of its first line."""
        return _collection_span(self)


Node: TypeAlias = Scalar | Mapping | Sequence
Plain: TypeAlias = dict[str, "Plain"] | list["Plain"] | str | None


def plain(node: Node) -> Plain:
    """The tree as plain Python: dicts, lists, text, and None for null scalars."""
    if type(node) is Scalar:
        return None if node.style == "" and node.text in NULLS else node.text
    if type(node) is Mapping:
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    assert type(node) is Sequence
    return [plain(item) for item in node.items]


def get(node: Node | None, *path: str | int) -> Node | None:
    """The node reached by keys and indices from `node`, or None; an index may be given in digits."""
    for step in path:
        if isinstance(node, Mapping):
            entry = node.entries.get(str(step))
            node = entry.value if entry is not None else None
        elif isinstance(node, Sequence):
            index = int(step) if isinstance(step, int) or (step.isdecimal() and len(step) < 10) else -1
            node = node.items[index] if 0 <= index < len(node.items) else None
        else:
            return None
    return node


def span_of(
    node: Node, path: tuple[str | int, ...] | list[str | int], on: Literal["value", "key"] = "value"
) -> Span:
    """The place of the deepest point of `path` that exists; `on="key"` for the last key, not its value."""
    key: Scalar | None = None
    for step in path:
        below: Node | None
        if isinstance(node, Mapping):
            entry = node.entries.get(str(step))
            if entry is None:
                break
            key, node = entry.key, entry.value
        else:
            below = get(node, step)
            if below is None:
                break
            key, node = None, below
    return key.span if on == "key" and key is not None else node.span


def _collection_span(node: Mapping | Sequence) -> Span:
    text, start, end = node.source.text, node.start, node.end
    if text[start : start + 1] not in ("{", "["):
        line, _ = node.source.place(start)
        starts = node.source.line_starts
        line_end = starts[line] if line < len(starts) else len(text)
        end = min(end, line_end)
        end = start + len(text[start:end].rstrip())
    return node.source.span(start, max(start, end))


def _line_starts(text: str) -> "array[int]":
    if "\r" in text:
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    starts = array("Q", (0,))
    starts.extend(accumulate(len(line) + 1 for line in text.split("\n")))
    starts.pop()
    return starts
