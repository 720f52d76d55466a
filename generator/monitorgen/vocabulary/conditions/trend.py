"""`type: trend`: a metric that climbs or falls by more than an amount within a window."""

from typing import Literal

from monitorgen.model.behaviour import Behaviour
from monitorgen.model.panels import Graph
from monitorgen.promql.checks.windows import SCRAPES
from monitorgen.promql.pieces import Binary, Call, Expr, Number, render
from monitorgen.vocabulary.conditions.base import INCOMPLETE, Combined, Evidence, Meaning, Scope, Window
from monitorgen.vocabulary.fields import LabelName
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.quantity import UNIT_MISMATCH, QuantityText, Unit, in_unit, unit_of

__all__ = ["Trend"]


class Trend(Combined):
    """Fires while the straight line through the last `window` of a gauge climbs or falls by more than `by`.

    The line is Prometheus's `deriv` (simple linear regression), so one odd sample does not make a trend.
    """

    type: Literal["trend"]
    direction: Literal["increasing", "decreasing"]
    """Which way the metric must move."""
    window: Window
    """How far the regression looks back."""
    by: QuantityText
    """By how much the line moves within the window; always positive."""
    unit: Unit | None = None
    """The metric's unit, where its name does not say it."""
    group_by: list[LabelName] | None = None
    """With `aggregate`: the labels that keep groups apart (`by` is the amount here)."""

    def meaning(self, scope: Scope) -> Meaning:
        """`deriv(metric[window]) * window > by`, or below its negative."""
        limit, problems = self._limit()
        if self.group_by is not None and self.aggregate is None:
            problems.append(Problem(INCOMPLETE, "group_by", "`group_by` needs `aggregate` beside it"))
        sign = ">" if self.direction == "increasing" else "<"
        expr = Binary(sign, self._moved(scope), Number(limit))
        problems += [*self.scope_problems(scope), *self.window_problems(scope, self.window, SCRAPES)]
        return Meaning(expr, tuple(problems))

    def groups(self) -> tuple[str, tuple[LabelName, ...]]:
        """`group_by`: in a trend, `by` is an amount."""
        return "group_by", tuple(self.group_by or ())

    def evidence(self, scope: Scope) -> Evidence:
        """A line just too flat, and one just steep enough."""
        return self.shown_by(self._behaviour(scope, self._limit()[0]))

    def graph(self, scope: Scope) -> Graph:
        """By how much the line moves within the window."""
        side: Literal["above", "below"] = "above" if self.direction == "increasing" else "below"
        return Graph(render(self._moved(scope)), self._limit()[0], side, self.unit or unit_of(self.metric))

    def _moved(self, scope: Scope) -> Expr:
        slope = Call("deriv", (self.selector(scope, self.window),))
        return Binary("*", self.combined(slope), Number(self.window))

    def _limit(self) -> tuple[float, list[Problem]]:
        """The amount with the sign of the direction, and what is wrong with it."""
        unit = self.unit or unit_of(self.metric)
        amount = in_unit(self.by, unit, stated=self.unit is not None, metric=self.metric)
        problems = []
        if isinstance(amount, tuple):
            problems.append(Problem(UNIT_MISMATCH, "by", *amount))
            amount = self.by.number
        if amount <= 0:
            message = "`by` is an amount and must be above zero"
            problems.append(Problem(INCOMPLETE, "by", message, "the sign is in `direction`"))
            amount = 1.0
        return (amount if self.direction == "increasing" else -amount), problems

    def _behaviour(self, scope: Scope, limit: float) -> Behaviour | None:
        slope = limit / self.window
        quiet, firing = slope * 0.99, slope * 1.01
        signals = self.signals(scope, quiet=quiet, firing=firing, stray=firing, slope=True)
        if not signals:
            return None
        # The regression is half way between two slopes when half of its window is.
        step = scope.step(self.window)
        half, slack = self.window / 2, 2 * step
        return Behaviour(
            signals,
            warm_up=self.window + step,
            rise_min=max(0.0, half - slack),
            rise_max=half + slack,
            fall_min=max(0.0, half - slack),
            fall_max=half + slack,
            step=step,
        )
