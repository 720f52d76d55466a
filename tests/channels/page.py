"""An HTML page taken apart, as far as tests of mail need it."""

from html.parser import HTMLParser
from itertools import pairwise

__all__ = ["Page"]

_VOID = {"meta", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """A page's elements with their attributes, its links by their text, its tables' rows, and its text.

    Elements that are closed wrongly fail an assertion.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.links: list[tuple[str, str]] = []
        self.cells: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self._read: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def rows(self) -> list[tuple[str, str]]:
        """What stands beside each heading of a row."""
        cells = [cell for cell in self.cells if cell[0] in ("th", "td")]
        return [(a[1], b[1]) for a, b in pairwise(cells) if a[0] == "th" and b[0] == "td"]

    def link(self, text: str) -> str:
        """Where the first link of this text leads; empty when there is none."""
        return next((href for shown, href in self.links if shown == text), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)
            self._read.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        text = self._read.pop()
        if tag == "a":
            href = next(found for name, found in reversed(self.elements) if name == "a")["href"]
            self.links.append((text, href))
        self.cells.append((tag, text))

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data
            if self._read:
                self._read[-1] += data
