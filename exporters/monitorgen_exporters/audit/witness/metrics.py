"""The metrics of a witness: what it answered, how far each log has come, and what it holds against them."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric

from monitorgen_exporters.audit.witness.memory import Memory, MemoryTrouble

__all__ = ["WitnessMetrics"]


class WitnessMetrics:
    """A registry with the metrics of one witness; for any number of threads."""

    def __init__(self, memory: Memory) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "monitorgen_audit_witness_answers",
            "Answers of the witness by their HTTP status.",
            ["code"],
            registry=self.registry,
        )
        self.registry.register(_Remembered(memory))

    def answered(self, status: HTTPStatus) -> None:
        """Counts an answer."""
        self._answers.labels(str(status.value)).inc()


class _Remembered:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        try:
            logs = self._memory.remembered()
            evidence = self._memory.evidence_count()
        except MemoryTrouble:
            return  # the absence is what an alert sees
        size = GaugeMetricFamily(
            "monitorgen_audit_witness_tree_size",
            "Records under the newest checkpoint that was cosigned.",
            labels=("log", "incarnation"),
        )
        for one in logs:
            log, _, incarnation = one.origin.rpartition("/")
            size.add_metric((log, incarnation), one.size)
        yield size
        yield GaugeMetricFamily(
            "monitorgen_audit_witness_evidence",
            "Submissions signed by a log's key that contradict what the log had shown before.",
            value=evidence,
        )
