"""How a condition behaves on real series: the raw material of the rule tests written for it."""

from monitorgen.model.frozen import frozen

__all__ = ["Behaviour", "Signal"]


@frozen
class Signal:
    """One series and what it does while the alert should be quiet, and while it should fire.

    For a gauge the numbers are values; with `slope` they are the change per second, so a counter that
    grows (or a gauge that climbs) is written with it. None means that no sample arrives at all.
    """

    metric: str
    labels: dict[str, str]
    quiet: float | None
    firing: float | None
    slope: bool = False
    more: tuple[float | None, ...] = ()
    """What it does in further parts of the firing phase, each of which makes the alert fire by itself."""


@frozen
class Behaviour:
    """When a condition turns true and false again after its signals change. All times in seconds.

    Counted from the first sample of the new phase: the condition is certainly still false before
    `rise_min`, certainly true from `rise_max` on; after the signals went back it is certainly still true
    before `fall_min` and certainly false from `fall_max` on. The quiet phase lasts at least `warm_up`, so
    that windows are filled. The numbers are chosen so that no test rests on a sample exactly at the edge of
    a range: Prometheus 3 made ranges left-open, Prometheus 2 has them closed.
    """

    signals: tuple[Signal, ...]
    warm_up: float = 0.0
    rise_min: float = 0.0
    rise_max: float = 0.0
    fall_min: float = 0.0
    fall_max: float = 0.0
    step: float | None = None
    """How far apart the samples must be that the other numbers rest on; None: it looks at the newest
    sample alone, so any interval will do."""
