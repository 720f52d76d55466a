"""The metrics of the timers: docs/receiver/metrics.md explains each."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram

from monitorgen_exporters.receiver.escalation.timers import ACKNOWLEDGEMENT, REMINDER, SUPPRESSION, TIMEOUT

__all__ = ["TimerMetrics"]


class TimerMetrics:
    """Counters of one receiver's timers, in the registry that is given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lateness = Histogram(
            "monitorgen_receiver_timer_lateness_seconds",
            "How long after its time what a timer is for was on the disk.",
            registry=registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
        )
        self._fired = Counter(
            "monitorgen_receiver_timers_fired",
            "Timers whose time had come, by what they are for.",
            ["kind"],
            registry=registry,
        )
        self._failed = Counter(
            "monitorgen_receiver_timers_failed",
            "Timers that could not be carried out, and were moved to later.",
            registry=registry,
        )
        self._missing = Counter(
            "monitorgen_receiver_timers_missing",
            "Open alerts that were found without the timer they need, and given one.",
            registry=registry,
        )
        for kind in (TIMEOUT, REMINDER, ACKNOWLEDGEMENT, SUPPRESSION):
            self._fired.labels(kind)

    def fired(self, kinds: Sequence[str], lateness: Sequence[float]) -> None:
        """Counts timers, each with how late it was, in seconds."""
        for kind, late in zip(kinds, lateness, strict=True):
            self._fired.labels(kind).inc()
            self._lateness.observe(max(0.0, late))

    def failed(self) -> None:
        """Counts a timer that could not be carried out."""
        self._failed.inc()

    def missing(self, count: int) -> None:
        """Counts alerts without a timer."""
        self._missing.inc(count)
