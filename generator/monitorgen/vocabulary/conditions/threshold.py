"""`type: threshold`: a metric, or what a function makes of it, against a value."""

from collections.abc import Iterator
from typing import Literal

from monitorgen.model.behaviour import Behaviour, Signal
from monitorgen.model.panels import Graph
from monitorgen.promql.pieces import Binary, Call, Expr, Number, render
from monitorgen.vocabulary.conditions.base import INCOMPLETE, Combined, Meaning, Scope
from monitorgen.vocabulary.conditions.operators import OPERATORS, Comparison, Operator
from monitorgen.vocabulary.fields import Duration, LabelName
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.quantity import UNIT_MISMATCH, QuantityText, Unit, in_unit, unit_of

__all__ = ["Threshold"]


class Threshold(Combined):
    """Fires while a metric is above, below, equal to or different from a value."""

    type: Literal["threshold"]
    operator: Operator
    """`above`, `below`, `at_least`, `at_most`, `equals` or `differs`, or the sign in quotes."""
    value: QuantityText
    """The value to compare with: a number, `5%`, `400ms` or `10GiB`; the unit is checked against the metric's."""
    unit: Unit | None = None
    """The metric's unit, where its name does not say it."""
    function: Literal["rate", "increase", "avg", "min", "max", "delta"] | None = None
    """What is compared instead of the newest sample: the metric's rate, increase, average ... over `window`."""
    window: Duration | None = None
    """How far `function` looks back."""
    by: list[LabelName] | None = None
    """With `aggregate`: the labels that keep groups apart."""

    def meaning(self, scope: Scope) -> Meaning:
        """`metric{...} > value`, or the same of a function of it."""
        comparison = OPERATORS[self.operator]
        unit = self.unit or unit_of(self.metric)
        value = in_unit(self.value, unit, stated=self.unit is not None, metric=self.metric)
        problems = list(self._problems())
        if isinstance(value, tuple):
            problems.append(Problem(UNIT_MISMATCH, "value", *value))
            value = self.value.number
        measured = self._measured(scope)
        return Meaning(
            expr=Binary(comparison.sign, measured, Number(value)),
            graph=Graph(render(measured), value, comparison.side, unit),
            behaviour=self._behaviour(scope, comparison, value),
            untested="" if self.test_labels(scope) is not None else "no sample label values for `where`",
            problems=tuple(problems),
        )

    def _problems(self) -> Iterator[Problem]:
        if (self.function is None) != (self.window is None):
            missing, given = ("window", "function") if self.window is None else ("function", "window")
            yield Problem(
                INCOMPLETE,
                given,
                f"`{given}` needs `{missing}` beside it",
                "such as function: rate, window: 5m",
            )
        if self.by is not None and self.aggregate is None:
            yield Problem(INCOMPLETE, "by", "`by` needs `aggregate` beside it", "such as aggregate: sum")

    def _measured(self, scope: Scope) -> Expr:
        if self.function is None or self.window is None:
            return self.combined(self.selector(scope), tuple(self.by or ()))
        ranged = self.selector(scope, self.window)
        name = (
            self.function if self.function in ("rate", "increase", "delta") else f"{self.function}_over_time"
        )
        return self.combined(Call(name, (ranged,)), tuple(self.by or ()))

    def _behaviour(self, scope: Scope, comparison: Comparison, value: float) -> Behaviour | None:
        labels = self.test_labels(scope)
        if labels is None:
            return None
        window = self.window or 0.0
        if self.function in (None, "avg", "min", "max"):
            quiet, firing = comparison.around(value, exact=self.function is None)
            signal = Signal(self.metric, labels, quiet, firing)
            settle = window + scope.interval if window else 0.0
            return Behaviour((signal,), warm_up=window, rise_max=settle, fall_max=settle)
        per_second = value / window if self.function in ("increase", "delta") and window else value
        quiet, firing = comparison.around(per_second, exact=False)
        base = max(0.0, -min(quiet, firing)) * 10_000_000
        signal = Signal(self.metric, labels, quiet, firing, slope=True, base=base)
        settle = window + 2 * scope.interval
        return Behaviour((signal,), warm_up=settle, rise_max=settle, fall_max=settle)
