"""`type: absence`: a metric that ought to be there and is not."""

from typing import Literal

from monitorgen.model.behaviour import Behaviour
from monitorgen.model.panels import Graph
from monitorgen.promql.pieces import Call, render
from monitorgen.vocabulary.conditions.base import Evidence, Meaning, OneMetric, Scope, Window

__all__ = ["Absence"]


class Absence(OneMetric):
    """Fires once no series of the metric has had a sample for `window`."""

    type: Literal["absence"]
    window: Window
    """How long there must have been no sample at all."""

    def meaning(self, scope: Scope) -> Meaning:
        """`absent_over_time(metric[window])`; the labels asked for by equality come back on the alert."""
        expr = Call("absent_over_time", (self.selector(scope, self.window),))
        # With fewer than two scrapes in it, it would fire between them.
        return Meaning(expr, (*self.scope_problems(scope), *self.window_problems(scope, self.window, 2)))

    def evidence(self, scope: Scope) -> Evidence:
        """Samples that stop coming."""
        signals = self.signals(scope, quiet=1.0, firing=None, stray=1.0)
        # The last sample comes one interval before the silence and leaves the window `window` later.
        step = scope.step(self.window)
        earliest = max(0.0, self.window - step)
        return self.shown_by(Behaviour(signals, rise_min=earliest, rise_max=self.window, step=step))

    def graph(self, scope: Scope) -> Graph:
        """How many samples there are."""
        return Graph(render(Call("count_over_time", (self.selector(scope, self.window),))))
