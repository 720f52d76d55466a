"""`type: absence`: a metric that ought to be there and is not."""

from typing import Literal

from monitorgen.model.behaviour import Behaviour, Signal
from monitorgen.model.panels import Graph
from monitorgen.promql.pieces import Call, render
from monitorgen.vocabulary.conditions.base import Meaning, OneMetric, Scope
from monitorgen.vocabulary.fields import Duration

__all__ = ["Absence"]


class Absence(OneMetric):
    """Fires once no series of the metric has had a sample for `window`."""

    type: Literal["absence"]
    window: Duration
    """How long there must have been no sample at all."""

    def meaning(self, scope: Scope) -> Meaning:
        """`absent_over_time(metric[window])`; the labels asked for by equality come back on the alert."""
        return Meaning(
            expr=Call("absent_over_time", (self.selector(scope, self.window),)),
            graph=Graph(render(Call("count_over_time", (self.selector(scope, self.window),)))),
            behaviour=self._behaviour(scope),
            untested="" if self.test_labels(scope) is not None else "no sample label values for `where`",
        )

    def _behaviour(self, scope: Scope) -> Behaviour | None:
        labels = self.test_labels(scope)
        if labels is None:
            return None
        # The last sample is one interval before the silence begins and leaves the window `window` later.
        return Behaviour(
            (Signal(self.metric, labels, 1.0, None),),
            warm_up=scope.interval,
            rise_min=max(0.0, self.window - 2 * scope.interval),
            rise_max=self.window + scope.interval,
            fall_max=scope.interval,
        )
