"""Where the panels of a dashboard stand, and the numbers they are known by."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from monitorgen.model.panels import Panel, Row

__all__ = ["Place", "place"]

_COLUMNS = 24
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """A row's heading, or with `panel` one of its panels: its number, and its box on the grid."""

    id: int
    x: int
    y: int
    width: int
    height: int
    row: Row
    panel: Panel | None


def place(rows: tuple[Row, ...]) -> Iterator[Place]:
    """Headings and panels in reading order: left to right, and a new line where a panel no longer fits.

    A number depends on nothing but the panel's key, so links to a panel outlive its neighbours; only two
    panels whose keys give the same number are told apart by their order.
    """
    ids: set[int] = set()
    y = 0
    for row in rows:
        yield Place(_id(f"row/{row.title}", ids), 0, y, _COLUMNS, 1, row, None)
        x, y, tallest = 0, y + 1, 0
        for panel in row.panels:
            width = min(panel.width, _COLUMNS)
            if x + width > _COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            yield Place(_id(panel.key or panel.title, ids), x, y, width, panel.height, row, panel)
            x += width
            tallest = max(tallest, panel.height)
        y += tallest


def _id(key: str, taken: set[int]) -> int:
    number = zlib.crc32(key.encode()) & _LARGEST_ID
    while number == 0 or number in taken:
        number = number % _LARGEST_ID + 1
    taken.add(number)
    return number
