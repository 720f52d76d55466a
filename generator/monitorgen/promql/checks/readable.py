"""An expression that cannot be read, with the character where it goes wrong."""

from difflib import get_close_matches
from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.model.versions import FUNCTIONS
from monitorgen.promql.checks.base import Context, Locate, example
from monitorgen.promql.syntax import PromqlError
from monitorgen.promql.words import AGGREGATIONS

__all__ = ["CODES", "unreadable"]

BAD_SYNTAX: Final = Code(
    "MG0401",
    "not PromQL",
    "Prometheus refuses a whole rule file for one expression it cannot read, and with it every alert there. "
    "So an expression is read when the spec is, and the message points at the character where it goes wrong.",
    bad=example("sum(rate(http_requests_total[5m]) > 10"),
    good=example("sum(rate(http_requests_total[5m])) > 10"),
)
UNKNOWN_FUNCTION: Final = Code(
    "MG0402",
    "no such function",
    "PromQL has a fixed list of functions, and no version of Prometheus knows this one.",
    bad=example("rates(http_requests_total[5m]) > 10"),
    good=example("rate(http_requests_total[5m]) > 10"),
)
CODES: Final = (BAD_SYNTAX, UNKNOWN_FUNCTION)


def unreadable(error: PromqlError, locate: Locate, context: Context) -> Diagnostic:
    """The parser's error at its place; for a wrong function name, the nearest one all versions have."""
    span = locate(error.start, error.end)
    if not error.function:
        return BAD_SYNTAX.at(span, error.message, hint=error.hint)
    known = [name for name, since in FUNCTIONS.items() if not since.lacking(context.prometheus)]
    close = get_close_matches(error.function, [*known, *AGGREGATIONS], n=1)
    return UNKNOWN_FUNCTION.at(span, error.message, hint=f"did you mean `{close[0]}`?" if close else "")
