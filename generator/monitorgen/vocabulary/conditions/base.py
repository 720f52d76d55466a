"""What a condition is: its schema, its PromQL, the series that show how it behaves, and how it looks."""

from dataclasses import dataclass, field
from typing import Literal

from monitorgen.model.behaviour import Behaviour
from monitorgen.model.diagnostic import Code
from monitorgen.model.panels import Graph
from monitorgen.model.rule_tests import Expectation, InputSeries
from monitorgen.promql.pieces import Aggregate, Expr, Matcher, Selector
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.fields import LabelName, MetricName, example
from monitorgen.vocabulary.matchers import Where, matchers, sample_labels
from monitorgen.vocabulary.problem import Problem

__all__ = ["CODES", "INCOMPLETE", "Combined", "Condition", "Example", "Meaning", "OneMetric", "Scope"]

INCOMPLETE = Code(
    "MG0207",
    "a field needs another beside it",
    "Some fields only mean something together: a function needs a window to look back on, groups need an "
    "aggregation. One without the other would be ignored in silence.",
    bad=example("").replace("value: 0.05", "value: 0.05, function: rate"),
    good=example("").replace("value: 0.05", "value: 0.05, function: rate, window: 5m"),
)
CODES = (INCOMPLETE,)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a condition stands: the series it may look at, and how often they are sampled (seconds)."""

    matchers: tuple[Matcher, ...]
    labels: dict[str, str]
    """Label values that the scope's matchers ask for, so that test series carry them."""
    interval: float


@dataclass(frozen=True, slots=True)
class Example:
    """A test the spec brings itself: series in promtool's notation, and what must be true when."""

    series: tuple[InputSeries, ...]
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a condition compiles to. Exactly one of `behaviour`, `examples` and `untested` is given."""

    expr: Expr
    graph: Graph | None = None
    behaviour: Behaviour | None = None
    examples: tuple[Example, ...] = ()
    untested: str = ""
    problems: tuple[Problem, ...] = field(default=())


class Condition(Kind):
    """One way of saying when an alert fires."""

    def meaning(self, scope: Scope) -> Meaning:
        """The condition's PromQL, tests and graph in `scope`."""
        raise NotImplementedError

    def expression_field(self) -> str:
        """The field that holds PromQL of the user's own, or empty when we wrote all of it."""
        return ""


class OneMetric(Condition):
    """The part that all conditions on one metric share: which series, and how they are combined."""

    metric: MetricName
    """The metric to look at: its name, or that of a recorded series such as `level:metric:operation`."""
    where: Where = {}
    """Further label matchers: `{code: "=~5..", method: [GET, HEAD], path: "!=/healthz"}`."""
    scope: Literal["service", "global"] = "service"
    """`service` looks only at the service's own jobs and checks, `global` at every series of that name."""

    def all_matchers(self, scope: Scope) -> tuple[Matcher, ...]:
        """The scope's own matchers and those of `where:`."""
        own = () if self.scope == "global" else scope.matchers
        return (*own, *matchers(self.where))

    def test_labels(self, scope: Scope) -> dict[str, str] | None:
        """Labels for a series the condition selects; None when `where:` is too clever for us."""
        sampled = sample_labels(matchers(self.where))
        if sampled is None:
            return None
        base = {} if self.scope == "global" else scope.labels
        return {"instance": "one", **base, **sampled}

    def selector(self, scope: Scope, window: float | None = None) -> Selector:
        """The series themselves."""
        return Selector(self.metric, self.all_matchers(scope), window=window)


class Combined(OneMetric):
    """One metric whose series may be combined before they are compared."""

    aggregate: Literal["sum", "avg", "min", "max"] | None = None
    """How series are combined before they are compared. Without it every series is compared by itself."""

    def combined(self, expr: Expr, by: tuple[LabelName, ...]) -> Expr:
        """`expr`, aggregated if the condition asks for it, with a group for every value of `by`."""
        return expr if self.aggregate is None else Aggregate(self.aggregate, expr, by=by or None)
