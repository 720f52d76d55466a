"""The line a span stands in, with carets under it."""

from monitorgen.model.span import Span
from monitorgen.review.diagnostics.visible import cell
from monitorgen.source.node import Source

__all__ = ["snippet"]

_WIDTH = 100
# Where a line is cut on the left, this many columns before the span stay.
_BEFORE = 40
_TAB = 4
_CUT = "…"


def snippet(source: Source, span: Span) -> tuple[str, str] | None:
    """The line to show and the line of carets below it; None when the line is empty.

    Both fit a terminal: of a long line only the part around the span is kept. Of a span of several lines
    the first is shown. The carets stand under the characters however wide those are.
    """
    first = span.column - 1
    left = _left_end(source, span.line, first)
    # Some characters take no column at all, so more are read than there are columns.
    line = source.line(span.line, left, left + 4 * _WIDTH)
    if not line.strip():
        return None
    last = span.end_column - 1 if span.end_line == span.line else left + len(line.rstrip())
    printed = [_CUT] if left else []
    columns = [len(printed)]
    for char in line:
        text, width = _cell(char, columns[-1])
        if columns[-1] + width > _WIDTH:
            printed.append(_CUT)
            break
        printed.append(text)
        columns.append(columns[-1] + width)
    start, end = (columns[min(max(index - left, 0), len(columns) - 1)] for index in (first, last))
    return "".join(printed).rstrip(), " " * start + "^" * max(1, end - start)


def _left_end(source: Source, number: int, first: int) -> int:
    """The first character of the line to show, so that character `first` is well in sight."""
    nearest = max(0, first - _WIDTH)
    before = source.line(number, nearest, first)
    if nearest == 0 and sum(_cell(char, 0)[1] for char in before) <= _WIDTH - _BEFORE:
        return 0
    room, kept = _BEFORE, 0
    for char in reversed(before):
        room -= _cell(char, 0)[1]
        if room < 0:
            break
        kept += 1
    return first - kept


def _cell(char: str, column: int) -> tuple[str, int]:
    if char == "\t":
        width = _TAB - column % _TAB
        return " " * width, width
    return cell(char)
