"""The condition of the alert a check raises for itself. No spec says it, so it is in no registry."""

from dataclasses import replace
from functools import lru_cache
from typing import Literal

from monitorgen.model import names
from monitorgen.model.behaviour import Signal
from monitorgen.model.duration import format_duration
from monitorgen.model.panels import Graph
from monitorgen.promql.pieces import Binary
from monitorgen.vocabulary.conditions.base import Condition, Evidence, Meaning, Scope
from monitorgen.vocabulary.conditions.threshold import Threshold

__all__ = ["Failing"]


class Failing(Condition):
    """Fires while all of a check's attempts fail, and while blackbox_exporter does not answer.

    Without blackbox_exporter there is no `probe_success` at all, and an alert on it alone would fall silent
    just when nobody looks at the service. Prometheus's own `up` is there then, with the same labels but 0:
    it is one alert, and stays the same one when the reason changes.
    """

    type: Literal["failing"] = "failing"
    check: str
    """The check's name."""
    window: float | None = None
    """How far to look back for a success, in seconds. None: only at the newest probe."""

    def meaning(self, scope: Scope) -> Meaning:
        """`probe_success{...} < 1 or up{...} < 1`, or the same of their maxima over the window."""
        failed, unasked = (made.meaning(scope) for made in _halves(self.check, self.window))
        return Meaning(Binary("or", failed.expr, unasked.expr))

    def evidence(self, scope: Scope) -> Evidence:
        """First a probe that fails, then one that cannot be made; either alone keeps the alert firing."""
        failed, unasked = (made.evidence(scope) for made in _halves(self.check, self.window))
        if failed.behaviour is None or unasked.behaviour is None:
            return failed
        signals = (*map(_vanishing, failed.behaviour.signals), *map(_late, unasked.behaviour.signals))
        return Evidence(replace(failed.behaviour, signals=signals))

    def graph(self, scope: Scope) -> Graph | None:
        """What the probes say; there is a gap where none could be made."""
        return _halves(self.check, self.window)[0].graph(scope)


# Services of one kind have checks of the same names.
@lru_cache(maxsize=4096)
def _halves(check: str, window: float | None) -> tuple[Threshold, Threshold]:
    """What fires when the probes fail, and what fires when they cannot be made."""
    fields: dict[str, object] = {
        "type": "threshold",
        "where": {names.CHECK: check},
        "operator": "below",
        "value": "1",
    }
    if window is not None:
        fields |= {"function": "max", "window": format_duration(window)}
    return (
        Threshold.model_validate({**fields, "metric": "probe_success"}),
        Threshold.model_validate({**fields, "metric": "up"}),
    )


def _vanishing(signal: Signal) -> Signal:
    """It makes the alert fire, and is then no more. One that never changes stays."""
    return signal if signal.quiet == signal.firing else replace(signal, more=(None,))


def _late(signal: Signal) -> Signal:
    """It makes the alert fire only after something else has."""
    if signal.quiet == signal.firing:
        return signal
    return replace(signal, firing=signal.quiet, more=(signal.firing,))
