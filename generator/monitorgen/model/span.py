"""Where something stands in a spec file."""

from dataclasses import dataclass

__all__ = ["Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of characters in one file.

    Lines and columns count from 1; a column counts characters, not bytes. The end is exclusive:
    a one-character span has `end_column == column + 1`.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
