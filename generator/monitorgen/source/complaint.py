"""What libyaml says of a text it cannot read, and what a rule makes of it."""

import re
from dataclasses import dataclass

__all__ = ["Complaint", "Slip", "indent", "line_above", "line_start"]

_EXCERPT = 40


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip at offsets `start` to `end`; `opened` is the offset of a bracket or map it belongs to."""

    start: int
    end: int
    message: str
    hint: str
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """libyaml's words, and where it stands in `text`; `since` is where the thing it reads began."""

    text: str
    problem: str
    context: str
    at: int
    since: int

    @property
    def char(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def line_start(self) -> int:
        return line_start(self.text, self.at)

    @property
    def before(self) -> str:
        """The line up to the place; of a very long line only the last part."""
        return self.text[max(self.line_start, self.at - 1000) : self.at]

    def excerpt(self, start: int) -> str:
        """The rest of the line from `start`, short enough for a hint."""
        line = self.text[start : start + _EXCERPT].split("\n")[0].rstrip()
        return line if len(line) < _EXCERPT else line + "…"

    def value(self, start: int) -> str:
        """The same up to where the value ends, if it stands in brackets on its line."""
        before = self.text[max(line_start(self.text, start), start - 1000) : start]
        rest = self.excerpt(start)
        if sum(map(before.count, "[{")) > sum(map(before.count, "]}")):
            return re.split(r"[,\]}]", rest, maxsplit=1)[0].rstrip() or rest
        return rest


def line_start(text: str, at: int) -> int:
    """Where the line of the character at `at` begins."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_above(text: str, start: int) -> str:
    """The nearest line that is not empty before the one that begins at `start`; at most its end."""
    return text[max(0, start - 1000) : start].rstrip().replace("\r", "\n").rpartition("\n")[2]


def indent(text: str, start: int) -> int:
    """How many spaces the line begins with."""
    end = start
    while text[end : end + 1] == " ":
        end += 1
    return end - start
