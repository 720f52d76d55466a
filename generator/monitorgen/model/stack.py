"""Everything a spec compiles to, before it is text: what the outputs read, each its own part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitorgen.model.compatibility import Compatibility
from monitorgen.model.panels import Dashboard
from monitorgen.model.routing import RoutingTree
from monitorgen.model.rule_tests import RuleTestFile, Untested
from monitorgen.model.rules import RuleFile
from monitorgen.model.scraping import ProbeJob, ProbeModule, ScrapeJob

__all__ = ["CloudAccount", "RemoteWrite", "Servers", "Stack"]


@dataclass(frozen=True, slots=True)
class RemoteWrite:
    """Where Prometheus sends its samples: `config` is one entry of `remote_write`."""

    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Servers:
    """How the servers of the stack find each other: host:port, as Prometheus or Grafana sees them."""

    alertmanager_addresses: tuple[str, ...]
    alertmanager_scheme: str
    alertmanager_path_prefix: str
    blackbox_address: str
    prometheus_address: str
    grafana_datasource: str
    """UID of the Prometheus data source in Grafana."""
    remote_write: tuple[RemoteWrite, ...] = ()
    prometheus_extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """One cloud to bring on board: the provider, the settings of its onboarding module, the regions used."""

    name: str
    provider: str
    settings: Mapping[str, Any]
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """One environment's monitoring, lowered. Durations in seconds; everything in a fixed order."""

    organization: str
    environment: str
    compatible_with: Compatibility
    scrape_interval: float
    scrape_timeout: float
    evaluation_interval: float
    external_labels: dict[str, str]
    servers: Servers
    jobs: tuple[ScrapeJob, ...]
    probe_jobs: tuple[ProbeJob, ...]
    probe_modules: tuple[ProbeModule, ...]
    rule_folders: tuple[str, ...]
    """Where the rule files are, relative to the Prometheus folder; sorted."""
    rule_files: Sequence[RuleFile]
    rule_tests: Sequence[RuleTestFile]
    untested: tuple[Untested, ...]
    routing: RoutingTree
    dashboards: Sequence[Dashboard]
    clouds: tuple[CloudAccount, ...]
    audit: Mapping[str, Any] | None = None
    """Settings of the audit log, as its runtime reads them; None where the spec has no log."""
    receiver: Mapping[str, Any] | None = None
    """Settings of the receiver, as its runtime reads them; None where the spec has none."""
    receiver_rules: Sequence[Mapping[str, Any]] = ()
    """What the receiver's users are told of each alert; empty where the spec has no receiver."""
