"""What the receiver tells a Prometheus of itself: docs/receiver/metrics.md explains each."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.registry import Collector

from monitorgen_exporters.receiver.applying import Applied

__all__ = ["Metrics"]


class Metrics:
    """Counters of one receiver, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "monitorgen_receiver_deliveries",
            "Deliveries by source and by what was answered; `gone`: the sender did not wait.",
            ["source", "answer"],
            registry=self.registry,
        )
        self.alerts = Counter(
            "monitorgen_receiver_alerts",
            "Alerts in deliveries by what they told: opened, resolved, changed, heartbeat, nothing.",
            ["told"],
            registry=self.registry,
        )
        self.duplicates = Counter(
            "monitorgen_receiver_duplicate_deliveries",
            "Deliveries that had come before, word for word.",
            registry=self.registry,
        )
        self.truncated = Counter(
            "monitorgen_receiver_truncated_alerts",
            "Alerts that Alertmanager says it left out (`max_alerts`).",
            registry=self.registry,
        )
        self.commit = Histogram(
            "monitorgen_receiver_commit_seconds",
            "How long it took to write deliveries that came together.",
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.waiting = Gauge(
            "monitorgen_receiver_waiting_deliveries",
            "Deliveries that wait to be written.",
            registry=self.registry,
        )
        for told in ("opened", "resolved", "changed", "heartbeat", "nothing"):
            self.alerts.labels(told)

    def add(self, collector: Collector) -> None:
        """Serves what another part of the receiver counts."""
        self.registry.register(collector)

    def delivered(self, source: str, answer: str) -> None:
        """Counts a delivery."""
        self.deliveries.labels(source, answer).inc()

    def applied(self, applied: Applied, seconds: float) -> None:
        """Counts what deliveries were found to be."""
        self.commit.observe(seconds)
        self.duplicates.inc(applied.duplicates)
        self.truncated.inc(applied.truncated)
        for told, count in (
            ("opened", applied.opened),
            ("resolved", applied.resolved),
            ("changed", applied.changed),
            ("heartbeat", applied.heartbeats),
            ("nothing", applied.nothing),
        ):
            if count:
                self.alerts.labels(told).inc(count)
