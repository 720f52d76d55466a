"""`type: threshold`: a metric, or what a function makes of it, against a value."""

import math
from collections.abc import Iterator
from typing import Literal

from monitorgen.model.behaviour import Behaviour
from monitorgen.model.diagnostic import Code
from monitorgen.model.panels import Graph
from monitorgen.promql.checks.windows import SCRAPES
from monitorgen.promql.pieces import Binary, Call, Expr, Number, render
from monitorgen.vocabulary.conditions.base import INCOMPLETE, Combined, Evidence, Meaning, Scope, Window
from monitorgen.vocabulary.conditions.operators import OPERATORS, Comparison, Operator
from monitorgen.vocabulary.fields import LabelName, example
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.quantity import UNIT_MISMATCH, QuantityText, Unit, in_unit, unit_of

__all__ = ["CODES", "Threshold"]

_RATE = "function: rate, window: 5m"

DECIDED = Code(
    "MG0216",
    "a comparison that never changes",
    "A counter only grows, so its rate is never below zero: an alert that asks for less than that never "
    "fires, and one that asks for no less fires for ever.",
    bad=example("").replace("operator: above, value: 0.05", f"operator: below, value: 0, {_RATE}"),
    good=example("").replace("operator: above, value: 0.05", f"operator: at_most, value: 0, {_RATE}"),
)
INEXACT = Code(
    "MG0217",
    "equality with a value that is never exact",
    "Rates, increases and averages are fractions that carry rounding: `increase == 5` is hardly ever true, "
    "even when a counter went up by five. Zero is the exception, and whole numbers of an average.",
    bad=example("").replace("operator: above, value: 0.05", f"operator: equals, value: 5, {_RATE}"),
    good=example("").replace("operator: above, value: 0.05", f"operator: equals, value: 0, {_RATE}"),
)
CODES = (DECIDED, INEXACT)


class Threshold(Combined):
    """Fires while a metric is above, below, equal to or different from a value."""

    type: Literal["threshold"]
    operator: Operator
    """`above`, `below`, `at_least`, `at_most`, `equals` or `differs`, or the sign in quotes."""
    value: QuantityText
    """The value to compare with: a number, `5%`, `400ms` or `10GiB`. Its unit must fit the metric's."""
    unit: Unit | None = None
    """The metric's unit, where its name does not say it."""
    function: Literal["rate", "increase", "avg", "min", "max", "delta"] | None = None
    """What is compared instead of the newest sample: the rate, increase, average ... over `window`."""
    window: Window | None = None
    """How far `function` looks back."""
    by: list[LabelName] | None = None
    """With `aggregate`: the labels that keep groups apart."""

    def meaning(self, scope: Scope) -> Meaning:
        """`metric{...} > value`, or the same of a function of it."""
        comparison = OPERATORS[self.operator]
        value, mismatch = self._value()
        problems = [*self._problems(), *self.scope_problems(scope), *mismatch]
        if self.window is not None:
            scrapes = SCRAPES if self.function in ("rate", "increase", "delta") else 2
            problems += self.window_problems(scope, self.window, scrapes)
        if self._around(comparison, value) is None:
            problems.append(self._decided(value))
        elif self._inexact(comparison, value):
            problems.append(self._never_equal())
        return Meaning(Binary(comparison.sign, self._measured(scope), Number(value)), tuple(problems))

    def evidence(self, scope: Scope) -> Evidence:
        """A value just on the quiet side, and one just on the other."""
        value, _ = self._value()
        around = self._around(OPERATORS[self.operator], value)
        return self.shown_by(around and self._behaviour(scope, value, *around))

    def graph(self, scope: Scope) -> Graph:
        """What is compared, and the value it is compared with."""
        value, _ = self._value()
        side = OPERATORS[self.operator].side
        unit = self.unit or self._unit()
        drawn = "bytes_per_second" if (self.function, unit) == ("rate", "bytes") else unit
        return Graph(render(self._measured(scope)), value, side, drawn)

    def groups(self) -> tuple[str, tuple[LabelName, ...]]:
        """`by`."""
        return "by", tuple(self.by or ())

    def _value(self) -> tuple[float, tuple[Problem, ...]]:
        """The number to compare with, and the problem with its unit if there is one."""
        unit = self.unit or self._unit()
        value = in_unit(self.value, unit, stated=self.unit is not None, metric=self.metric)
        if isinstance(value, tuple):
            return self.value.number, (Problem(UNIT_MISMATCH, "value", *value),)
        return value, ()

    def _unit(self) -> str:
        unit = unit_of(self.metric)
        # Seconds per second are a share of time, and whatever is merely counted becomes so many a second.
        return {"seconds": "ratio", "": "per_second"}.get(unit, unit) if self.function == "rate" else unit

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
            return self.combined(self.selector(scope))
        ranged = self.selector(scope, self.window)
        name = (
            self.function if self.function in ("rate", "increase", "delta") else f"{self.function}_over_time"
        )
        return self.combined(Call(name, (ranged,)))

    def _around(self, comparison: Comparison, value: float) -> tuple[float, float] | None:
        lowest = 0.0 if self.function in ("rate", "increase") else -math.inf
        return comparison.around(value, exact=self.function in (None, "min", "max"), lowest=lowest)

    def _decided(self, value: float) -> Problem:
        return Problem(
            DECIDED,
            "value",
            f"`{self.function} {OPERATORS[self.operator].sign} {value:g}` never changes: "
            "what a counter grows by is never below zero"
            if self.function
            else f"no number is on the other side of {value:g}",
            "compare with a value above zero, or use `delta` for a gauge",
        )

    def _inexact(self, comparison: Comparison, value: float) -> bool:
        """Whether the sign asks for equality with what is only ever nearly equal."""
        if comparison.side or value == 0 or self.function in (None, "min", "max"):
            return False
        return self.function != "avg" or not value.is_integer()

    def _never_equal(self) -> Problem:
        return Problem(
            INEXACT,
            "operator",
            f"`{self.function}` is worked out with fractions and is never exactly `{self.value.text}`",
            "use above, below, at_least or at_most",
        )

    def _behaviour(self, scope: Scope, value: float, quiet: float, firing: float) -> Behaviour | None:
        if self.function is None or not self.window:
            signals = self.signals(scope, quiet=quiet, firing=firing, stray=firing)
            return Behaviour(signals) if signals else None
        window, step = self.window, scope.step(self.window)
        per, slope = 1.0, False
        if self.function not in ("avg", "min", "max"):
            per, slope = (1.0 if self.function == "rate" else window), True
        signals = self.signals(scope, quiet=quiet / per, firing=firing / per, stray=firing / per, slope=slope)
        if not signals:
            return None
        rise, fall = self._shares(value, quiet, firing)
        slack = 2 * step
        return Behaviour(
            signals,
            warm_up=window + slack,
            rise_min=max(0.0, rise * window - slack),
            rise_max=rise * window + slack,
            fall_min=max(0.0, fall * window - slack),
            fall_max=fall * window + slack,
            step=step,
        )

    def _shares(self, value: float, quiet: float, firing: float) -> tuple[float, float]:
        """How much of the window the firing samples must fill to be seen, and the quiet ones after them."""
        if self.function in ("min", "max"):
            at_once = (firing > quiet) == (self.function == "max")
            return (0.0, 1.0) if at_once else (1.0, 0.0)
        # Averages, rates and the like move in a straight line from one level to the other.
        share = (value - quiet) / (firing - quiet)
        return share, 1.0 - share
