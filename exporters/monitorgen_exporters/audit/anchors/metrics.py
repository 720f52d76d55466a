"""The metrics of a log: the anchor that Prometheus is, and what tells that the other anchors work."""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from monitorgen_exporters.audit.anchors.prometheus import checkpoint_metrics
from monitorgen_exporters.audit.anchors.status import AnchorStatus, LogStatus
from monitorgen_exporters.audit.store.errors import StoreError

__all__ = ["LogCollector", "log_metrics"]

_LOG: Final = ("log", "incarnation")
_ANCHOR: Final = (*_LOG, "anchor")


class LogCollector:
    """A collector for `prometheus_client`: each scrape shows one moment of the log, read once.

    `read` is called from the threads of the metrics server, one at a time. When it raises a StoreError, the
    scrape shows `monitorgen_audit_readable 0` and nothing else, so that nothing old looks new.
    """

    def __init__(self, read: Callable[[], LogStatus]) -> None:
        self._read = read
        self._lock = threading.Lock()

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry that asks must not make us read the log."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics of the log as it is now."""
        try:
            with self._lock:
                status = self._read()
        except StoreError:
            yield _gauge("readable", "1 when the log could be read for this scrape.", (), [((), 0)])
            return
        yield _gauge("readable", "1 when the log could be read for this scrape.", (), [((), 1)])
        yield from log_metrics(status, datetime.now(UTC))


def log_metrics(status: LogStatus, now: datetime) -> Iterator[Metric]:
    """The metrics of one moment of a log, ages as of `now`."""
    if status.checkpoint:
        yield from checkpoint_metrics(status.checkpoint)
    log, _, incarnation = status.origin.rpartition("/")
    own = (log, incarnation)
    for name, text, value in (
        ("records", "Records in the tree.", status.size),
        ("unsealed_records", "Records that no checkpoint covers yet.", status.unsealed),
        ("unsealed_age_seconds", "Age of the oldest of these; 0 without.", _age(status.unsealed_since, now)),
        ("intake_records", "Records that are durable and not in the tree yet.", status.intake),
        ("intake_age_seconds", "Age of the oldest of these; 0 without.", _age(status.intake_since, now)),
    ):
        yield _gauge(name, text, _LOG, [(own, value)])
    for name, text, of in _OF_ANCHORS:
        each = [((*own, one.name), of(one, now)) for one in status.anchors]
        known = [(labels, found) for labels, found in each if found is not None]
        yield _gauge(f"anchor_{name}", text, _ANCHOR, known)


_OF_ANCHORS: Final[tuple[tuple[str, str, Callable[[AnchorStatus, datetime], float | None]], ...]] = (
    ("tree_size", "Records under the newest checkpoint it has confirmed.", lambda one, _: one.holds),
    ("waiting", "Checkpoints it has not confirmed yet.", lambda one, _: one.waiting),
    ("lag_seconds", "Age of the oldest of these; 0 without.", lambda one, now: _age(one.since, now)),
    ("interval_seconds", "The least time between two it is sent.", lambda one, _: one.every.total_seconds()),
    ("failures", "Attempts that failed since it last took one.", lambda one, _: one.attempts),
    ("conflict", "1 when it holds another history of the log.", lambda one, _: one.conflict),
)


def _gauge(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(f"monitorgen_audit_{name}", text, labels=labels)
    for labelled, value in values:
        family.add_metric(labelled, float(value))
    return family


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; no less than 0, whatever the clocks say."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0
