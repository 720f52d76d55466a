"""What Prometheus scrapes and what blackbox_exporter probes for it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from monitorgen.model.frozen import frozen
from monitorgen.model.rules import Path

__all__ = ["Probe", "ProbeJob", "ProbeModule", "ScrapeJob", "ServiceDiscovery"]


@frozen
class ServiceDiscovery:
    """One block of targets: `key` is Prometheus's (`static_configs`, `ec2_sd_configs`), `config` one entry.

    `relabel` are the steps that turn what the discovery knows into labels every alert can rest on.
    """

    key: str
    config: dict[str, Any]
    relabel: tuple[dict[str, Any], ...] = ()


@frozen
class ScrapeJob:
    """One scrape job. Times in seconds; `labels` are put on every target."""

    name: str
    interval: float
    timeout: float
    metrics_path: str
    scheme: str
    discoveries: tuple[ServiceDiscovery, ...]
    labels: dict[str, str]
    settings: dict[str, Any]
    """Further keys of the scrape configuration, as Prometheus spells them."""
    relabel: tuple[dict[str, Any], ...]
    metric_relabel: tuple[dict[str, Any], ...]
    origin: Path
    extra: Mapping[str, Any] = field(default_factory=dict)


@frozen
class ProbeModule:
    """One blackbox_exporter module, shared by every check that asks for the same."""

    name: str
    body: dict[str, Any]


@frozen
class Probe:
    """One thing to probe: a target, the module to probe it with, and the labels its metrics carry."""

    target: str
    module: str
    labels: dict[str, str]
    origin: Path


@frozen
class ProbeJob:
    """A scrape job that goes through blackbox_exporter: all probes of one interval and timeout."""

    name: str
    interval: float
    timeout: float
    files: tuple[tuple[str, tuple[Probe, ...]], ...]
    """Target files, relative to the Prometheus folder, each with its probes."""
