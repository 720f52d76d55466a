"""The plan: what will be built, with every name resolved and every default filled in.

Times are in seconds. `path` is where in the spec a thing stands.
"""

from collections.abc import Mapping

from monitorgen.model.compatibility import Compatibility
from monitorgen.model.frozen import frozen
from monitorgen.model.rules import Path
from monitorgen.spec.sections import Clouds, Emit, Routing, Servers, Team
from monitorgen.spec.service import Scrape
from monitorgen.vocabulary.audit import Audit
from monitorgen.vocabulary.channels import Channel
from monitorgen.vocabulary.checks import Check
from monitorgen.vocabulary.conditions import Condition
from monitorgen.vocabulary.conditions.base import Scope
from monitorgen.vocabulary.receiver import Receiver

__all__ = [
    "Plan",
    "PlannedAlert",
    "PlannedChannel",
    "PlannedCheck",
    "PlannedJob",
    "PlannedRecording",
    "PlannedService",
    "PlannedTeam",
]


@frozen
class PlannedChannel:
    """A channel that is switched on."""

    name: str
    channel: Channel
    path: Path


@frozen
class PlannedTeam:
    """A team and its policies: the channels of each severity it names, and those of all others."""

    name: str
    notify: Mapping[str, tuple[str, ...]]
    default: tuple[str, ...]
    team: Team
    path: Path

    def channels(self, severity: str) -> tuple[str, ...]:
        """The channels that an alert of this severity goes to, when it says nothing itself."""
        return self.notify.get(severity, self.default)


@frozen
class PlannedAlert:
    """One alert. `channels` is its own policy, or None where the team's holds."""

    name: str
    service: str
    team: str
    severity: str
    labels: dict[str, str]
    annotations: dict[str, str]
    for_: float
    cooldown: float
    channels: tuple[str, ...] | None
    condition: Condition
    scope: Scope
    title: str
    panel_extra: Mapping[str, object]
    path: Path
    condition_path: Path
    """Where the condition stands; empty for an alert that a check raises for itself."""


@frozen
class PlannedCheck:
    """One check. `interval` is the time between two probes, which for several attempts is shorter."""

    name: str
    check: Check
    interval: float
    timeout: float
    labels: dict[str, str]
    path: Path


@frozen
class PlannedJob:
    """One scrape job; `job` is Prometheus's name for it."""

    name: str
    job: str
    scrape: Scrape
    interval: float
    timeout: float
    labels: dict[str, str]
    path: Path


@frozen
class PlannedRecording:
    """One recording rule."""

    record: str
    expr: str
    labels: dict[str, str]
    description: str
    path: Path


@frozen
class PlannedService:
    """One service and everything it owns."""

    name: str
    team: str
    description: str
    evaluation_interval: float
    jobs: tuple[PlannedJob, ...]
    checks: tuple[PlannedCheck, ...]
    recordings: tuple[PlannedRecording, ...]
    alerts: tuple[PlannedAlert, ...]
    links: tuple[tuple[str, str], ...]
    has_dashboard: bool
    path: Path


@frozen
class Plan:
    """One environment's monitoring, decided."""

    organization: str
    environment: str
    compatible_with: Compatibility
    severities: tuple[str, ...]
    scrape_interval: float
    scrape_timeout: float
    evaluation_interval: float
    external_labels: dict[str, str]
    channels: Mapping[str, PlannedChannel]
    teams: Mapping[str, PlannedTeam]
    services: tuple[PlannedService, ...]
    routing: Routing
    default_channels: tuple[str, ...]
    servers: Servers
    clouds: Clouds
    audit: Audit | None
    receiver: Receiver | None
    emit: Emit
