"""What is wrong, or surely not meant, in an expression of a spec: one module for each finding."""

from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.promql.analysis import parse
from monitorgen.promql.checks import availability, placeholders, readable, regexes, result, windows
from monitorgen.promql.checks.base import Context, Locate
from monitorgen.promql.syntax import PromqlError

__all__ = ["CODES", "Context", "Locate", "check"]

CODES: Final[tuple[Code, ...]] = (
    *readable.CODES,
    *availability.CODES,
    *result.CODES,
    *windows.CODES,
    *regexes.CODES,
    *placeholders.CODES,
)


def check(text: str, locate: Locate, context: Context) -> list[Diagnostic]:
    """All that is wrong with the expression `text`; what cannot be read has that one finding only."""
    if left_in := list(placeholders.placeholders(text, locate)):
        return left_in
    parsed = parse(text)
    if isinstance(parsed, PromqlError):
        return [readable.unreadable(parsed, locate, context)]
    return [
        *availability.availability(parsed, locate, context),
        *result.result(parsed, locate, context),
        *windows.windows(parsed, locate, context),
        *regexes.regexes(parsed, locate),
    ]
