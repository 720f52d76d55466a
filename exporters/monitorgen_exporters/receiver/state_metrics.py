"""What the database holds, as metrics: open alerts, the outbox, and how looking at each source goes."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.audit.store import Store, StoreError
from monitorgen_exporters.receiver.alertmanager.source_rows import SourceState, read_sources
from monitorgen_exporters.receiver.effects.counts import LATENESS, Counts
from monitorgen_exporters.receiver.moments import seconds_between

__all__ = ["StateCollector"]

_PREFIX = "monitorgen_receiver_"


class StateCollector:
    """A collector for `prometheus_client`: each scrape shows one look at the database.

    When it cannot be read the scrape shows `monitorgen_receiver_readable 0` and what is counted in memory, so
    that nothing old looks new.
    """

    def __init__(self, read: Callable[[], AbstractContextManager[Store]], effects: Counts) -> None:
        self._read = read
        self._effects = effects
        self._lock = threading.Lock()

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry that asks must not make us read the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of it as it is now."""
        readable = GaugeMetricFamily(
            f"{_PREFIX}readable", "1 when the database could be read for this scrape."
        )
        try:
            with self._lock, self._read() as store:
                found = list(_stored(store, now()))
        except StoreError:
            found = []
            readable.add_metric((), 0)
        else:
            readable.add_metric((), 1)
        yield readable
        yield from found
        yield from _counted(self._effects)


def _stored(store: Store, moment: str) -> Iterator[Metric]:
    episodes = GaugeMetricFamily(
        f"{_PREFIX}open_alerts", "Alerts that have not ended, by status.", labels=("status",)
    )
    counts = dict.fromkeys(("firing", "acknowledged", "suppressed"), 0)
    counts |= dict(
        store.query("SELECT status, COUNT(*) FROM receiver_episode WHERE ended_at IS NULL GROUP BY status")
    )
    for status, count in counts.items():
        episodes.add_metric((status,), count)
    yield episodes
    waiting = GaugeMetricFamily(
        f"{_PREFIX}effects_waiting", "Effects that have not come to an end, by state.", labels=("state",)
    )
    states = dict.fromkeys(("planned", "claimed", "started"), 0)
    states |= dict(
        store.query(
            "SELECT state, COUNT(*) FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') "
            "GROUP BY state"
        )
    )
    for state, count in states.items():
        waiting.add_metric((state,), count)
    yield waiting
    ((oldest,),) = store.query("SELECT MIN(next_at) FROM receiver_effect WHERE state = 'planned'")
    yield _gauge(
        "effects_overdue_seconds",
        "How long the effect that is due longest has been due.",
        _age(oldest, moment),
    )
    ((timer,),) = store.query("SELECT MIN(next_at) FROM receiver_timer")
    yield _gauge(
        "timers_overdue_seconds", "How long the timer that is due longest has been due.", _age(timer, moment)
    )
    yield from _sources(read_sources(store), moment)


def _sources(states: Iterable[SourceState], moment: str) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        f"{_PREFIX}source_up",
        "1 when the last look at a source's Alertmanagers had no fault.",
        labels=("source",),
    )
    age = GaugeMetricFamily(
        f"{_PREFIX}source_age_seconds",
        "Time since one of them answered; absent if none ever did.",
        labels=("source",),
    )
    alerts = GaugeMetricFamily(
        f"{_PREFIX}source_alerts", "Alerts that fire there for this receiver.", labels=("source",)
    )
    for state in states:
        up.add_metric((state.name,), 0 if state.error else 1)
        if state.good_at is not None:
            age.add_metric((state.name,), _age(state.good_at, moment))
        alerts.add_metric((state.name,), state.alerts)
    yield from (up, age, alerts)


def _counted(counts: Counts) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        f"{_PREFIX}effects",
        "Effects by kind, name and the state they came to; `planned`: they will be tried again.",
        labels=("kind", "name", "state"),
    )
    for key, count in sorted(dict(counts.ended).items()):
        ended.add_metric(key, count)
    begun = CounterMetricFamily(
        f"{_PREFIX}effect_attempts", "Attempts at effects, by kind and name.", labels=("kind", "name")
    )
    for attempt, count in sorted(dict(counts.begun).items()):
        begun.add_metric(attempt, count)
    errors = CounterMetricFamily(
        f"{_PREFIX}effect_store_errors", "How often the outbox could not be asked or written."
    )
    errors.add_metric((), counts.store_errors)
    late = HistogramMetricFamily(
        f"{_PREFIX}effect_lateness_seconds", "How long after they were due attempts were begun."
    )
    buckets, total = [], 0
    for bound, count in zip((*map(str, LATENESS), "+Inf"), list(counts.late), strict=True):
        total += count
        buckets.append((bound, total))
    late.add_metric((), buckets, counts.lateness)
    yield from (ended, begun, errors, late)


def _gauge(name: str, text: str, value: float) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, text)
    family.add_metric((), value)
    return family


def _age(then: str | None, moment: str) -> float:
    """Seconds from `then` to now; 0 for what is to come, and without one."""
    if then is None or then >= moment:
        return 0.0
    return seconds_between(then, moment)
