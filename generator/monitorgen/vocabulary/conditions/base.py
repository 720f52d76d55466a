"""What a condition is: its schema, its PromQL, the series that show how it behaves, and how it looks."""

import math
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.model.behaviour import Behaviour, Signal
from monitorgen.model.diagnostic import Code
from monitorgen.model.duration import format_duration
from monitorgen.model.frozen import frozen
from monitorgen.model.panels import Graph
from monitorgen.model.rule_tests import Expectation, InputSeries
from monitorgen.promql.checks.windows import SHORT_WINDOW
from monitorgen.promql.pieces import Aggregate, Expr, Matcher, Selector
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.fields import (
    BAD_DURATION,
    SOME_TIME_PATTERN,
    Duration,
    LabelName,
    MetricName,
    example,
    invalid,
)
from monitorgen.vocabulary.matchers import Where, contrary, matchers, sample_labels
from monitorgen.vocabulary.problem import Problem

__all__ = [
    "CODES",
    "INCOMPLETE",
    "NO_SAMPLE",
    "Combined",
    "Condition",
    "Evidence",
    "Example",
    "Meaning",
    "OneMetric",
    "Scope",
    "Window",
]

INCOMPLETE = Code(
    "MG0207",
    "a field needs another beside it",
    "Some fields only mean something together: a function needs a window to look back on, groups need an "
    "aggregation. One without the other would be ignored in silence.",
    bad=example("").replace("value: 0.05", "value: 0.05, function: rate"),
    good=example("").replace("value: 0.05", "value: 0.05, function: rate, window: 5m"),
)
OUT_OF_SCOPE = Code(
    "MG0215",
    "a matcher on a label that the scope already decides",
    "A condition looks only at its own service's series unless it says otherwise. Asking for another "
    "service on top selects nothing, and an alert on nothing never fires.",
    bad=example("").replace("value: 0.05", "value: 0.05, where: {service: ledger}"),
    good=example("").replace("value: 0.05", "value: 0.05, where: {service: ledger}, scope: global"),
)
CODES = (INCOMPLETE, OUT_OF_SCOPE)

NO_SAMPLE: Final = "no simple label values were found that `where` accepts"
"""Why a condition has no test series."""

_SAMPLES = 120


def _window(value: float) -> float:
    if value > 0:
        return value
    raise invalid(BAD_DURATION, "a window of no length holds no samples", "such as 5m")


Window = Annotated[
    Duration,
    AfterValidator(_window),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": SOME_TIME_PATTERN},
            ]
        }
    ),
]
"""How far to look back, in seconds; more than nothing."""


@frozen
class Scope:
    """Where a condition stands: the series it may look at, and how often they are sampled (seconds)."""

    matchers: tuple[Matcher, ...]
    labels: dict[str, str]
    """Label values that the scope's matchers ask for, so that test series carry them."""
    interval: float

    def step(self, window: float) -> float:
        """How far apart the samples of a test may be for a condition that looks back on `window`.

        As scraped, but sparser once there would be more than a hundred or so in the window: promtool
        reads all of them at every evaluation, and they tell nothing new.
        """
        return self.interval * max(1, math.floor(window / self.interval / _SAMPLES))


@frozen
class Example:
    """A test the spec brings itself: series in promtool's notation, and what must be true when.

    The values of a series are `interval` seconds apart; None: as far as two evaluations of the rules.
    """

    series: tuple[InputSeries, ...]
    expectation: Expectation
    interval: float | None = None


@frozen
class Meaning:
    """What a condition compiles to, and what makes no sense of it."""

    expr: Expr
    problems: tuple[Problem, ...] = ()


@frozen
class Evidence:
    """How a condition is shown to work: by one of the two, or by neither where it is untested."""

    behaviour: Behaviour | None = None
    examples: tuple[Example, ...] = ()


class Condition(Kind):
    """One way of saying when an alert fires. What it says of a scope is asked for only where it is needed."""

    def meaning(self, scope: Scope) -> Meaning:
        """The condition's PromQL in `scope`."""
        raise NotImplementedError

    def evidence(self, scope: Scope) -> Evidence:
        """The series that make it fire and those that do not."""
        raise NotImplementedError

    def why_untested(self) -> str:
        """Why there is no evidence; empty when there is."""
        return ""

    def graph(self, scope: Scope) -> Graph | None:
        """How it looks on a panel; None to draw the expression itself."""
        raise NotImplementedError

    def expression_field(self) -> str:
        """The field that holds PromQL of the user's own, or empty when we wrote all of it."""
        return ""


class OneMetric(Condition):
    """The part that all conditions on one metric share: which series, and how they are combined."""

    metric: MetricName
    """The metric to look at: its name, or that of a recorded series such as `level:metric:operation`."""
    where: Where = Field(default_factory=dict)
    """Further label matchers: `{code: "=~5..", method: [GET, HEAD], path: "!=/healthz"}`."""
    scope: Literal["service", "global"] = "service"
    """`service` looks only at the service's own jobs and checks, `global` at every series of that name."""

    def all_matchers(self, scope: Scope) -> tuple[Matcher, ...]:
        """The scope's own matchers and those of `where:`."""
        own = () if self.scope == "global" else scope.matchers
        return (*own, *matchers(self.where))

    def scope_problems(self, scope: Scope) -> Iterator[Problem]:
        """A problem for every matcher of `where:` that the scope has decided before."""
        for name in self.where if self.scope == "service" else ():
            if name in scope.labels:
                yield Problem(
                    OUT_OF_SCOPE,
                    "where",
                    f'the condition already looks only at {name}="{scope.labels[name]}"',
                    "say `scope: global` to look further, or remove the matcher",
                )

    def window_problems(self, scope: Scope, window: float, scrapes: int) -> Iterator[Problem]:
        """A problem when `window` cannot hold so many samples; none when their interval is not known.

        Series of other services, of checks and of recording rules have intervals of their own.
        """
        least = scrapes * scope.interval
        scraped = self.scope == "service" and ":" not in self.metric and not self.metric.startswith("probe_")
        if scraped and window < least:
            every = format_duration(scope.interval)
            yield Problem(
                SHORT_WINDOW,
                "window",
                f"{format_duration(window)} of samples taken every {every} are too few",
                f"at least {scrapes} scrapes, that is {format_duration(least)}",
            )

    def signals(
        self,
        scope: Scope,
        *,
        quiet: float | None,
        firing: float | None,
        stray: float,
        slope: bool = False,
    ) -> tuple[Signal, ...]:
        """The series of a test: one the condition selects, and for every matcher one that only it turns away.

        The strays always do what `stray` says, which is to have the alert wrong if they are looked at.
        Empty when `where:` is too clever for us.
        """
        every = self.all_matchers(scope)
        sampled = sample_labels(every)
        if sampled is None:
            return ()
        selected = {"instance": "one", **sampled}
        found = [Signal(self.metric, selected, quiet, firing, slope)]
        for matcher in every:
            value = contrary(matcher)
            if value is not None:
                found.append(Signal(self.metric, {**selected, matcher.name: value}, stray, stray, slope))
        return tuple(found)

    def why_untested(self) -> str:
        """That `where:` is too clever for us, if it is."""
        return NO_SAMPLE if self.where and sample_labels(matchers(self.where)) is None else ""

    def shown_by(self, behaviour: Behaviour | None) -> Evidence:
        """A behaviour as evidence; without signals there is none."""
        return Evidence(behaviour if behaviour and behaviour.signals else None)

    def selector(self, scope: Scope, window: float | None = None) -> Selector:
        """The series themselves."""
        return Selector(self.metric, self.all_matchers(scope), window=window)


class Combined(OneMetric):
    """One metric whose series may be combined before they are compared."""

    aggregate: Literal["sum", "avg", "min", "max"] | None = None
    """How series are combined before they are compared. Without it every series is compared by itself."""

    def groups(self) -> tuple[str, tuple[LabelName, ...]]:
        """The field that says by which labels series are combined, and these labels."""
        raise NotImplementedError

    def combined(self, expr: Expr) -> Expr:
        """`expr`, aggregated if the condition asks for it, with a group for every value of its labels."""
        return (
            expr if self.aggregate is None else Aggregate(self.aggregate, expr, by=self.groups()[1] or None)
        )
