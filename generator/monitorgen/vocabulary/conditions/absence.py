"""`type: absence`: a metric that ought to be there and is not."""

from typing import Literal

from monitorgen.model.behaviour import Behaviour
from monitorgen.model.panels import Graph
from monitorgen.promql.pieces import Call, render
from monitorgen.vocabulary.conditions.base import NO_SAMPLE, Meaning, OneMetric, Scope, Window

__all__ = ["Absence"]


class Absence(OneMetric):
    """Fires once no series of the metric has had a sample for `window`."""

    type: Literal["absence"]
    window: Window
    """How long there must have been no sample at all."""

    def meaning(self, scope: Scope) -> Meaning:
        """`absent_over_time(metric[window])`; the labels asked for by equality come back on the alert."""
        signals = self.signals(scope, quiet=1.0, firing=None, stray=1.0)
        # The last sample comes one interval before the silence and leaves the window `window` later.
        behaviour = Behaviour(signals, rise_min=max(0.0, self.window - scope.interval), rise_max=self.window)
        return Meaning(
            expr=Call("absent_over_time", (self.selector(scope, self.window),)),
            graph=Graph(render(Call("count_over_time", (self.selector(scope, self.window),)))),
            behaviour=behaviour if signals else None,
            untested="" if signals else NO_SAMPLE,
            problems=tuple(self.scope_problems(scope)),
        )
