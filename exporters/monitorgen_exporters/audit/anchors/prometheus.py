"""Prometheus as an anchor: it scrapes the newest checkpoint as numbers, and its storage remembers them.

The root goes into three gauges of 48 bits, which a float64 holds exactly: 144 of its 256 bits. Nobody finds a
second tree with the same 144 bits, and the number of series stays the same for ever. All four samples come
from one scrape, so they share a timestamp and stay together at every step of a range query.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from prometheus_client.core import GaugeMetricFamily, Metric

from monitorgen.vocabulary.audit import AuditAnchors
from monitorgen_exporters.audit.anchors.base import (
    AnchorBehindError,
    AnchorConflictError,
    AnchorError,
    Sighting,
    Unusable,
)
from monitorgen_exporters.audit.anchors.http import Endpoint
from monitorgen_exporters.audit.anchors.planning import Planned
from monitorgen_exporters.audit.checkpoint import Checkpoint

__all__ = [
    "ROOT_BITS",
    "TREE_SIZE",
    "CheckpointCollector",
    "PrometheusAnchor",
    "checkpoint_metrics",
    "planned",
]

TREE_SIZE: Final = "monitorgen_audit_tree_size"
ROOT_BITS: Final = "monitorgen_audit_root_bits"

_PARTS: Final = ("0", "1", "2")
_PART_BYTES: Final = 6
_PAGE: Final = 10_000  # points; Prometheus refuses a range query of more than 11,000


class CheckpointCollector:
    """Exports the newest checkpoint, read once for each scrape; nothing while there is none.

    `newest` must not raise: say None for what cannot be read, and a metric of its own for the trouble.
    """

    def __init__(self, newest: Callable[[], Checkpoint | None]) -> None:
        self._newest = newest

    def collect(self) -> Iterable[Metric]:
        """The gauges of one checkpoint."""
        checkpoint = self._newest()
        return checkpoint_metrics(checkpoint) if checkpoint else ()


def checkpoint_metrics(checkpoint: Checkpoint) -> Iterator[Metric]:
    """The four gauges that stand for a checkpoint."""
    log, _, incarnation = checkpoint.origin.rpartition("/")
    size = GaugeMetricFamily(
        TREE_SIZE, "Records under the newest signed checkpoint.", labels=("log", "incarnation")
    )
    size.add_metric((log, incarnation), checkpoint.size)
    yield size
    bits = GaugeMetricFamily(
        ROOT_BITS,
        "The first 144 bits of the newest checkpoint's root hash, 48 in each part.",
        labels=("log", "incarnation", "part"),
    )
    for part in _PARTS:
        start = int(part) * _PART_BYTES
        value = int.from_bytes(checkpoint.root[start : start + _PART_BYTES], "big")
        bits.add_metric((log, incarnation, part), value)
    yield bits


@dataclass(frozen=True, slots=True)
class PrometheusAnchor:
    """A Prometheus that scrapes the log, read back over its API.

    `log` is the origin without its incarnation. `days` back are read, a point every `step` seconds. That a
    step skips checkpoints is no loss: what was tampered with disagrees with every larger one before that.
    """

    name: str
    server: Endpoint
    log: str
    days: float = 30.0
    step: float = 60.0

    @property
    def place(self) -> str:
        """The server's URL."""
        return self.server.place

    def publish(self, note: bytes, checkpoint: Checkpoint) -> bytes:  # noqa: ARG002 - the anchors' signature
        """Returns once the server's newest sample is this checkpoint or a larger one.

        Prometheus fetches by itself. Raises AnchorBehindError until it has, AnchorConflictError when it holds
        another root for this size, AnchorError when it cannot be asked.
        """
        data = self._ask("/api/v1/query", [("query", self._selector(checkpoint.origin))])
        held = 0
        for sighting in self._sightings(data):
            if not isinstance(sighting, Sighting) or sighting.origin != checkpoint.origin:
                continue
            if sighting.size == checkpoint.size and not sighting.agrees_with(checkpoint.root):
                raise AnchorConflictError(
                    f"{self.place} holds the root {sighting.root.hex()}... for size {checkpoint.size} of "
                    f"{checkpoint.origin}, and the log {checkpoint.root.hex()}"
                )
            held = max(held, sighting.size)
        if held < checkpoint.size:
            raise AnchorBehindError(f"{self.place} has not scraped size {checkpoint.size} yet", held)
        return b""

    def recorded(self) -> Iterator[Sighting | Unusable]:
        """What the last `days` days hold, in the order of time; equal neighbours are told once."""
        end = time.time()
        remaining = int(self.days * 86400 / self.step) + 1
        last: dict[str, tuple[int, bytes]] = {}
        while remaining > 0:
            points = min(_PAGE, remaining)
            # The grid hangs from now, so that the newest point is always on it.
            page_start = end - (remaining - 1) * self.step
            page_end = page_start + (points - 1) * self.step
            remaining -= points
            data = self._ask(
                "/api/v1/query_range",
                [
                    ("query", self._selector(None)),
                    ("start", f"{page_start:.3f}"),
                    ("end", f"{page_end:.3f}"),
                    ("step", f"{self.step:g}"),
                ],
            )
            yield from self._sightings(data, last)

    def _selector(self, origin: str | None) -> str:
        log, incarnation = self.log, ""
        if origin is not None:
            log, _, incarnation = origin.rpartition("/")
        only = f", incarnation={json.dumps(incarnation)}" if origin is not None else ""
        return f'{{__name__=~"{TREE_SIZE}|{ROOT_BITS}", log={json.dumps(log)}{only}}}'

    def _ask(self, path: str, query: Iterable[tuple[str, str]]) -> list[Any]:
        answer = self.server.get_json(path, query)
        try:
            result = answer["data"]["result"]
            if isinstance(result, list):
                return result
        except (KeyError, TypeError):
            pass
        raise AnchorError(f"{self.place}{path} gave no result: is it a Prometheus?")

    def _sightings(
        self, result: list[Any], last: dict[str, tuple[int, bytes]] | None = None
    ) -> Iterator[Sighting | Unusable]:
        try:
            series = _by_series(result)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as problem:
            raise AnchorError(
                f"{self.place} answered with series that cannot be read: {type(problem).__name__}: {problem}"
            ) from problem
        last = {} if last is None else last
        found: list[tuple[float, Sighting]] = []
        for key, (origin, points) in sorted(series.items()):
            broken = 0
            for when in sorted(points):
                point = _whole(points[when])
                if point is None:
                    broken += 1
                elif last.get(key) != point:
                    last[key] = point
                    seen = datetime.fromtimestamp(when, UTC)
                    found.append((when, Sighting(self.name, self.place, origin, *point, seen=seen)))
            if broken:
                why = f"{broken} points of {origin} without a size and the three parts of a root"
                yield Unusable(self.name, self.place, why)
        # Replicas and incarnations are series of their own; by time, they tell one story.
        yield from (sighting for _, sighting in sorted(found, key=lambda pair: pair[0]))


def planned(settings: AuditAnchors) -> Iterator[Planned]:
    """Prometheus, where the settings say how to ask it: what scrapes us and is not named cannot confirm."""
    url = settings.prometheus.url
    if settings.prometheus.enabled and url is not None:
        yield Planned(
            "prometheus",
            timedelta(0),
            lambda around: PrometheusAnchor("prometheus", Endpoint(url), around.log),
        )


_Points = dict[float, dict[str, float]]


def _by_series(result: list[Any]) -> dict[str, tuple[str, _Points]]:
    """For each exporter (all labels but name and part): the origin, and by time the value of each gauge."""
    series: dict[str, tuple[str, _Points]] = {}
    for one in result:
        labels = dict(one["metric"])
        name, part = labels.pop("__name__"), labels.pop("part", "size")
        origin = f"{labels['log']}/{labels['incarnation']}"
        if (name == TREE_SIZE) != (part == "size"):
            raise ValueError(f"{name} with part {part}")
        _, points = series.setdefault(json.dumps(labels, sort_keys=True), (origin, defaultdict(dict)))
        for when, value in one["values"] if "values" in one else [one["value"]]:
            points[float(when)][part] = float(value)
    return series


def _whole(values: dict[str, float]) -> tuple[int, bytes] | None:
    """Size and leading root bytes of one point in time; None when a gauge is missing or no such number."""
    try:
        size = values["size"]
        bits = [values[part] for part in _PARTS]
    except KeyError:
        return None
    if not (size.is_integer() and 0 <= size < 2**53):
        return None
    if not all(part.is_integer() and 0 <= part < 2**48 for part in bits):
        return None
    return int(size), b"".join(int(part).to_bytes(_PART_BYTES, "big") for part in bits)
