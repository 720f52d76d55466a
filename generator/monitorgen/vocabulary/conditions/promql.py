"""`type: promql`: an expression of the user's own."""

from typing import Literal

from pydantic import Field

from monitorgen.model.diagnostic import Code
from monitorgen.model.rule_tests import Expectation, InputSeries
from monitorgen.promql.pieces import Raw
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.conditions.base import Condition, Evidence, Example, Meaning, Scope
from monitorgen.vocabulary.fields import Boolean, Duration, Text, example
from monitorgen.vocabulary.problem import Problem

__all__ = ["CODES", "Promql"]

_CONDITION = "{type: threshold, metric: error_rate, operator: above, value: 0.05}"

UNTESTED = Code(
    "MG0209",
    "a raw expression with no example",
    "An alert in your own PromQL cannot be tested by itself: only you know which series ought to make it "
    "fire. An alert nobody has seen fire is a hope. Silence must be said, so `untested:` takes the reason.",
    bad=example("").replace(_CONDITION, "{type: promql, expr: error_rate > 1}"),
    good=example("").replace(
        _CONDITION, "{type: promql, expr: error_rate > 1, untested: shown in the game day}"
    ),
)
CODES = (UNTESTED,)


class ExampleText(Model):
    """One example: these series, and whether the alert fires at that time."""

    series: dict[Text, Text]
    """Series in PromQL's notation, each with its values in promtool's (`0+10x20`), one each `interval`."""
    interval: Duration | None = None
    """How far apart the values are. Without it, as far as two evaluations of the service's rules."""
    at: Duration
    """When to look."""
    fires: Boolean
    """Whether the alert must be firing then."""


class Promql(Condition):
    """Fires while an expression returns something. It says itself how it is tested, or why it is not."""

    type: Literal["promql"]
    expr: Text
    """The expression, emitted word for word."""
    examples: list[ExampleText] = Field(default_factory=list)
    """Series under which the alert fires, and under which it does not: they become its unit test."""
    untested: Text = ""
    """Why there is no example."""

    def expression_field(self) -> str:
        """The user's PromQL."""
        return "expr"

    def meaning(self, scope: Scope) -> Meaning:  # noqa: ARG002
        """The expression itself."""
        problems: tuple[Problem, ...] = ()
        if bool(self.examples) == bool(self.untested.strip()):
            problems = (
                Problem(
                    UNTESTED,
                    "expr",
                    "this alert has both examples and a reason for having none"
                    if self.examples
                    else "nothing shows that this alert fires when it should",
                    "give `examples:` (series, at, fires), or say `untested: REASON`",
                ),
            )
        return Meaning(Raw(self.expr.strip()), problems)

    def evidence(self, scope: Scope) -> Evidence:  # noqa: ARG002
        """The examples of the spec."""
        return Evidence(
            examples=tuple(
                Example(
                    tuple(InputSeries(series, values) for series, values in example.series.items()),
                    Expectation(example.at, example.fires, "an example of the spec"),
                    example.interval,
                )
                for example in self.examples
            ),
        )

    def why_untested(self) -> str:
        """The reason the spec gives."""
        return self.untested.strip()

    def graph(self, scope: Scope) -> None:
        """None: the parts of a user's expression are not ours to take apart."""
