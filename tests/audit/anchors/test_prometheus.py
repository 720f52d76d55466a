"""Prometheus as an anchor, with the real server: it scrapes the gauges, and tells them again bit by bit."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest
import yaml
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.exposition import generate_latest

from monitorgen_exporters.audit.anchors.base import (
    AnchorBehindError,
    AnchorConflictError,
    AnchorError,
    Sighting,
    Unusable,
)
from monitorgen_exporters.audit.anchors.http import Endpoint
from monitorgen_exporters.audit.anchors.prometheus import CheckpointCollector, PrometheusAnchor
from monitorgen_exporters.audit.checkpoint import Checkpoint
from tests.support.audit_history import ORIGIN, History
from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_prometheus
from tests.support.waiting import wait_until

LOG = ORIGIN.rpartition("/")[0]


class Exporter:
    """A metrics endpoint that shows whatever checkpoint is set."""

    def __init__(self) -> None:
        self.newest: Checkpoint | None = None
        registry = CollectorRegistry()
        registry.register(CheckpointCollector(lambda: self.newest))
        self.server: WSGIServer
        self.thread: Thread
        self.server, self.thread = start_http_server(0, "127.0.0.1", registry)

    @property
    def address(self) -> str:
        """Where it is scraped."""
        return f"127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    """An exporter without a checkpoint yet."""
    found = Exporter()
    yield found
    found.stop()


@contextmanager
def scraping(generation: Generation, exporter: Exporter, folder: Path) -> Iterator[RunningServer]:
    """A Prometheus that asks the exporter each second."""
    job = {"job_name": "audit", "static_configs": [{"targets": [exporter.address]}]}
    config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    with run_prometheus(generation, folder / "prometheus.yml", storage=folder) as server:
        yield server


def anchor_at(url: str, *, days: float = 0.01, step: float = 0.1) -> PrometheusAnchor:
    """An anchor that reads the last minutes, oftener than Prometheus asks, which is never quite on time."""
    return PrometheusAnchor("prometheus", Endpoint(url), LOG, days=days, step=step)


def published(anchor: PrometheusAnchor, checkpoint: Checkpoint) -> bool:
    """Whether the server has confirmed it."""
    try:
        assert anchor.publish(b"", checkpoint) == b""
    except AnchorBehindError:
        return False
    return True


def test_a_real_server_remembers_every_bit(
    generation: Generation, exporter: Exporter, tmp_path: Path
) -> None:
    # Roots with leading and trailing zeros and ones, which a float printed carelessly would lose.
    roots = [
        bytes(32),
        b"\xff" * 32,
        b"\0" * 5 + b"\x80" + bytes(26),
        *(sha256(b"%d" % n).digest() for n in range(3)),
    ]
    made = [Checkpoint(ORIGIN, 10**n + n, root) for n, root in enumerate(roots)]
    with scraping(generation, exporter, tmp_path) as server:
        anchor = anchor_at(server.url)
        with pytest.raises(AnchorBehindError) as behind:
            anchor.publish(b"", made[0])
        assert behind.value.holds == 0
        for checkpoint in made:
            exporter.newest = checkpoint
            wait_until(partial(published, anchor, checkpoint))
        with pytest.raises(AnchorBehindError) as behind:
            anchor.publish(b"", Checkpoint(ORIGIN, 10**9, bytes(32)))
        assert behind.value.holds == made[-1].size
        with pytest.raises(AnchorConflictError, match="holds the root"):
            anchor.publish(b"", Checkpoint(ORIGIN, made[-1].size, bytes(32)))
        found = [one for one in anchor.recorded() if isinstance(one, Sighting)]
    assert [one.size for one in found] == [checkpoint.size for checkpoint in made]
    for sighting, checkpoint in zip(found, made, strict=True):
        assert sighting.root == checkpoint.root[:18]
        assert sighting.agrees_with(checkpoint.root)
        assert not sighting.agrees_with(bytes((checkpoint.root[17] ^ 1,)) * 32)
        assert sighting.origin == ORIGIN
        assert sighting.seen is not None


def test_rollback_and_incarnations_are_seen_in_order(
    generation: Generation, exporter: Exporter, tmp_path: Path
) -> None:
    history, second = History(9), History(2, origin=f"{LOG}/2")
    with scraping(generation, exporter, tmp_path) as server:
        anchor = anchor_at(server.url)
        for checkpoint in (history.checkpoint(9), history.checkpoint(4), second.checkpoint(2)):
            exporter.newest = checkpoint

            def scraped(checkpoint: Checkpoint = checkpoint) -> bool:
                found = [one for one in anchor.recorded() if isinstance(one, Sighting)]
                return bool(found) and (found[-1].origin, found[-1].size) == (
                    checkpoint.origin,
                    checkpoint.size,
                )

            wait_until(scraped)
        assert [(one.origin, one.size) for one in anchor.recorded() if isinstance(one, Sighting)] == [
            (ORIGIN, 9),
            (ORIGIN, 4),
            (f"{LOG}/2", 2),
        ]
        other = PrometheusAnchor("prometheus", Endpoint(server.url), "acme/audit/other", days=0.01, step=1)
        assert list(other.recorded()) == []


def test_more_points_than_fit_a_page(generation: Generation, exporter: Exporter, tmp_path: Path) -> None:
    exporter.newest = History(5).checkpoint()
    with scraping(generation, exporter, tmp_path) as server:
        anchor = anchor_at(server.url, days=1, step=2.5)  # 34,560 points; the server gives at most 11,000
        wait_until(lambda: published(anchor, History(5).checkpoint()))
        assert [one.size for one in anchor.recorded() if isinstance(one, Sighting)] == [5]


def test_a_server_that_is_not_there() -> None:
    anchor = anchor_at("http://robot:hunter2@127.0.0.1:1")
    for ask in (lambda: list(anchor.recorded()), lambda: anchor.publish(b"", History(1).checkpoint())):
        with pytest.raises(AnchorError, match=r"http://127\.0\.0\.1:1 cannot be reached") as failed:
            ask()
        assert "hunter2" not in str(failed.value)


NAME = "monitorgen_audit_tree_size"
LABELS = {"log": LOG, "incarnation": "1"}
BITS = [
    {"metric": {"__name__": "monitorgen_audit_root_bits", "part": str(part), **LABELS}} for part in range(3)
]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, "is it a Prometheus"),
        ([], "is it a Prometheus"),
        ({"data": {"result": {}}}, "is it a Prometheus"),
        ({"data": {"result": [7]}}, "cannot be read"),
        ({"data": {"result": [{"metric": {}, "values": []}]}}, "cannot be read"),
        ({"data": {"result": [{"metric": {"__name__": NAME, **LABELS}, "values": [[1]]}]}}, "cannot be read"),
        (
            {"data": {"result": [{"metric": {"__name__": NAME, **LABELS}, "values": [[1, "x"]]}]}},
            "cannot be read",
        ),
        (
            {"data": {"result": [{"metric": {"__name__": NAME, "part": "0", **LABELS}, "values": []}]}},
            "cannot be",
        ),
    ],
)
def test_nonsense_is_an_error(answer: Any, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Endpoint, "get_json", lambda *_: answer)
    with pytest.raises(AnchorError, match=why):
        list(anchor_at("http://prometheus.example").recorded())


@pytest.mark.parametrize(
    ("size", "bits"),
    [
        ("1.5", ["0", "0", "0"]),
        ("-1", ["0", "0", "0"]),
        ("NaN", ["0", "0", "0"]),
        ("1e300", ["0", "0", "0"]),
        ("3", ["0", "0"]),
        ("3", ["0", "0", "0.5"]),
        ("3", ["0", "281474976710656", "0"]),
        ("3", ["0", "0", "+Inf"]),
    ],
)
def test_numbers_that_are_no_checkpoint_are_told(
    size: str, bits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = [{"metric": {"__name__": NAME, **LABELS}, "values": [[1, size], [2, "3"]]}]
    for labels, value in zip(BITS, bits, strict=False):
        result.append({**labels, "values": [[1, value], [2, "7"]]})
    if len(bits) < 3:
        result.append({**BITS[2], "values": [[2, "7"]]})
    monkeypatch.setattr(Endpoint, "get_json", lambda *_: {"data": {"result": result}})
    found = list(anchor_at("http://prometheus.example").recorded())
    assert [one.size for one in found if isinstance(one, Sighting)] == [3]
    assert ["1 points" in one.why for one in found if isinstance(one, Unusable)] == [True]


def test_a_page_of_what_is_exported() -> None:
    registry = CollectorRegistry()
    newest: list[Checkpoint | None] = [None]
    registry.register(CheckpointCollector(lambda: newest[0]))
    assert generate_latest(registry) == b""
    newest[0] = History(5).checkpoint()
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    assert len(lines) == 4
    assert f'monitorgen_audit_tree_size{{incarnation="1",log="{LOG}"}} 5.0' in lines
