"""Placeholders and templates left in an expression, where nobody fills them in."""

from collections.abc import Iterator
from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.promql.checks.base import Locate, example

__all__ = ["CODES", "placeholders"]

FOREIGN_PLACEHOLDER: Final = Code(
    "MG0410",
    "a placeholder that nobody fills in",
    "PromQL knows no variables. `${...}` is filled in by monitorgen at a few documented places, of which "
    "this is none, and what stands between `{{` and `}}` Prometheus fills in only in labels and annotations.",
    bad=example("rate(http_errors_total[${window}]) > 0"),
    good=example("rate(http_errors_total[5m]) > 0"),
)
CODES: Final = (FOREIGN_PLACEHOLDER,)

_KINDS: Final = (
    ("${", "}", "`${...}` is not filled in here", "write the value, or use a structured condition"),
    ("{{", "}}", "a template has no meaning in an expression", "templates belong in `description`"),
)


def placeholders(text: str, locate: Locate) -> Iterator[Diagnostic]:
    """Each kind of placeholder where it first stands, in a string or outside of one."""
    for opening, closing, said, hint in _KINDS:
        start = text.find(opening)
        if start >= 0:
            end = text.find(closing, start)
            end = len(text) if end < 0 else end + len(closing)
            yield FOREIGN_PLACEHOLDER.at(locate(start, end), said, hint=hint)
