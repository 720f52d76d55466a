"""An expression whose result is of the wrong type for its use, or an alert's that compares nothing."""

from collections.abc import Iterator
from typing import Final

from monitorgen.model.diagnostic import Code, Diagnostic, Severity
from monitorgen.promql.analysis import Parsed, Type
from monitorgen.promql.checks.base import Context, Locate, example
from monitorgen.promql.tokens import Kind, tokenize

__all__ = ["CODES", "result"]

NOT_A_VECTOR: Final = Code(
    "MG0406",
    "an expression of the wrong type",
    "A rule gives one result for each series, so its expression must give series. A number has no labels to "
    "route by, and a range of samples is only something to put into a function.",
    bad=example("scalar(queue_length) > bool 5"),
    good=example("queue_length > 5"),
)
ALWAYS_FIRES: Final = Code(
    "MG0407",
    "an alert that compares nothing",
    "An alert fires for every series that its expression returns, whatever the value: zero is no less a "
    "result than one. Without a comparison it fires as soon as the series exist, and never resolves.",
    bad=example("rate(http_errors_total[5m])"),
    good=example("rate(http_errors_total[5m]) > 0"),
    severity=Severity.WARNING,
)
CODES: Final = (NOT_A_VECTOR, ALWAYS_FIRES)

_KINDS: Final = {
    Type.SCALAR: ("a single number", "compare series, or make it one with `vector(...)`"),
    Type.MATRIX: ("a range of samples", "put the range into a function such as `rate`"),
    Type.STRING: ("a string", ""),
}


def result(parsed: Parsed, locate: Locate, context: Context) -> Iterator[Diagnostic]:
    """At most one finding about what the whole expression gives."""
    text = parsed.text
    everything = (len(text) - len(text.lstrip()), len(text.rstrip()))
    if parsed.type is not Type.VECTOR and (context.alert or parsed.type is not Type.SCALAR):
        kind, hint = _KINDS[parsed.type]
        what = "an alert" if context.alert else "a rule or a panel"
        yield NOT_A_VECTOR.at(locate(*everything), f"{what} needs series, and this gives {kind}", hint=hint)
    # An expression that selects nothing, such as vector(1), is meant to fire always: a dead man's switch.
    elif context.alert and not parsed.conditional and parsed.selectors:
        switch = next(
            (t for t in tokenize(text) if t.kind is Kind.KEYWORD and t.text.lower() == "bool"), None
        )
        if switch is not None:
            said = "a comparison with `bool` gives 0 or 1, and an alert fires for both"
            yield ALWAYS_FIRES.at(locate(switch.start, switch.end), said, hint="leave `bool` out")
        else:
            said = "nothing is compared here, so the alert fires for every series there is"
            hint = "compare with a threshold, as in `... > 0`"
            yield ALWAYS_FIRES.at(locate(*everything), said, hint=hint)
