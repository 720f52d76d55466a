"""The sections of a spec besides its services."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.spec.service import Service
from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.amounts import SomeTime
from monitorgen.vocabulary.audit import Audit
from monitorgen.vocabulary.aws import AccountId, Principals, Regions, RoleName, Tags
from monitorgen.vocabulary.base import Kind, Model, empty
from monitorgen.vocabulary.channels import CHANNELS, AnyChannel
from monitorgen.vocabulary.checks import CHECKS
from monitorgen.vocabulary.fields import (
    BAD_SCALAR,
    AbsoluteUrl,
    Boolean,
    Duration,
    HostPort,
    LabelName,
    Labels,
    Name,
    Names,
    OneOrMore,
    RawMapping,
    Text,
    invalid,
)
from monitorgen.vocabulary.headers import OpenUrl, PrometheusHeaders
from monitorgen.vocabulary.receiver import Receiver
from monitorgen.vocabulary.relabel import RelabelSteps

__all__ = ["SECTIONS", "Root"]


def _word_of(kinds: Iterable[type[Kind]]) -> Any:
    """The type "a word that may stand after `type:`"."""
    words = sorted(kind.kind() for kind in kinds)

    def known(value: str) -> str:
        if value in words:
            return value
        raise invalid(BAD_SCALAR, f"there is no type `{value}` here", "one of " + ", ".join(words))

    return Annotated[Text, AfterValidator(known)]


ChannelType: TypeAlias = _word_of(CHANNELS)  # type: ignore[valid-type]
CheckType: TypeAlias = _word_of(CHECKS)  # type: ignore[valid-type]


def _literal(value: str) -> str:
    if "$" not in value:
        return value
    raise invalid(
        BAD_SCALAR,
        "Prometheus 3 fills `$` in external labels with variables of its environment, older ones do not",
        "leave the `$` out",
    )


ExternalLabels: TypeAlias = dict[
    LabelName,
    Annotated[
        Text,
        AfterValidator(_literal),
        WithJsonSchema(
            {"anyOf": [{"type": ["number", "boolean"]}, {"type": "string", "pattern": r"^[^$]*$"}]}
        ),
    ],
]


def _each_once(labels: list[str]) -> list[str]:
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if not twice:
        return labels
    raise invalid(BAD_SCALAR, f"`{twice[0]}` is in the list twice", "Alertmanager refuses that: keep one")


GroupBy: TypeAlias = Annotated[
    list[LabelName], AfterValidator(_each_once), Field(json_schema_extra={"uniqueItems": True})
]


class CompatibleWith(Model):
    """The oldest and the newest version of each server that the build must work on."""

    prometheus: OneOrMore | None = None
    """Prometheus and its promtool."""
    alertmanager: OneOrMore | None = None
    """Alertmanager."""
    blackbox_exporter: OneOrMore | None = None
    """blackbox_exporter."""
    grafana: OneOrMore | None = None
    """Grafana."""


class Defaults(Model):
    """What holds where nothing else is said."""

    scrape_interval: SomeTime = 30.0
    """How often targets are scraped and checks are made."""
    scrape_timeout: SomeTime = 10.0
    """How long one scrape may take; never longer than its interval."""
    evaluation_interval: SomeTime = 30.0
    """How often rules are evaluated."""
    labels: Labels = Field(default_factory=dict)
    """Put on every target, check and alert."""
    external_labels: ExternalLabels = Field(default_factory=dict)
    """Prometheus's `external_labels`: put on everything it sends elsewhere."""
    runbook: Text = ""
    """The runbook of every alert whose service names none."""
    for_: Duration = 0.0
    """`for` of every alert that gives none."""
    channels: dict[ChannelType, RawMapping] = Field(default_factory=dict)
    """Fields for every channel of a type, by type: `{email: {smtp_server: ...}}`."""
    checks: dict[CheckType, RawMapping] = Field(default_factory=dict)
    """Fields for every check of a type, by type: `{http: {timeout: 5s}}`."""


class Team(Model):
    """Who is told, and how."""

    notify: dict[Text, Names] = Field(default_factory=dict)
    """Channels by severity; `default` for the severities not named."""
    description: Text = ""
    """What the team looks after; becomes a comment on its route."""
    group_by: GroupBy | None = None
    """What makes one notification; without it, `routing.group_by`."""
    group_wait: Duration | None = None
    """How long to wait for more of the same before the first notification; without it, as `routing` says."""
    group_interval: SomeTime | None = None
    """How long to wait before telling what has changed in a notification; without it, as `routing` says."""
    repeat_interval: SomeTime | None = None
    """How long to wait before telling again of what still fires; without it, as `routing` says."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into the team's route as it is emitted."""


class Routing(Model):
    """How Alertmanager groups and repeats, and who gets what nobody claims."""

    default: Names = Field(default_factory=list)
    """Channels for alerts that no team's route takes."""
    group_by: GroupBy | None = None
    """What makes one notification. Without it: alertname, service, severity (and environment)."""
    group_wait: Duration = 30.0
    """How long to wait for more of the same before the first notification."""
    group_interval: SomeTime = 300.0
    """How long to wait before telling what has changed in a notification."""
    repeat_interval: SomeTime = 14400.0
    """How long to wait before telling again of what still fires."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into the root route as it is emitted."""
    alertmanager_extra: RawMapping = Field(default_factory=dict)
    """Merged into `alertmanager.yml` itself: inhibit rules, time intervals, further templates."""


class RemoteWriteTarget(Access):
    """Where to send samples."""

    url: OpenUrl
    """Where to write."""
    name: Text | None = None
    """What Prometheus calls it in its own metrics."""
    headers: PrometheusHeaders = Field(default_factory=dict)
    """Headers to send along; what is secret goes into `basic_auth` or `bearer_token`."""
    write_relabel: RelabelSteps = Field(default_factory=list)
    """`write_relabel_configs`: which samples to send, and how they are labelled."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into the entry of `remote_write` as it is emitted."""


class PrometheusServer(Model):
    """The Prometheus server itself."""

    address: HostPort = "127.0.0.1:9090"
    """Where Grafana reaches it."""
    url: AbsoluteUrl | None = None
    """Where people reach it: the overview dashboard links there. Prometheus itself learns it by its flag
    `--web.external-url`, for the links in notifications."""
    remote_write: list[RemoteWriteTarget] = Field(default_factory=list)
    """Where it sends its samples besides keeping them."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into `prometheus.yml` itself."""


class AlertmanagerServer(Model):
    """Where Prometheus sends alerts."""

    addresses: list[HostPort] = Field(["127.0.0.1:9093"], min_length=1)
    """Every Alertmanager of the cluster, as Prometheus reaches it."""
    scheme: Literal["http", "https"] = "http"
    """How Prometheus reaches them."""
    path_prefix: Text = ""
    """The path it is served under."""
    url: AbsoluteUrl | None = None
    """Where people reach it: the overview dashboard links there. Alertmanager itself learns it by its flag
    `--web.external-url`, for the links in notifications."""


class BlackboxServer(Model):
    """Where Prometheus finds blackbox_exporter."""

    address: HostPort = "127.0.0.1:9115"
    """Where Prometheus reaches it."""


class GrafanaServer(Model):
    """The Grafana server the dashboards are for."""

    url: AbsoluteUrl | None = None
    """Where people reach it, for links in notifications."""
    datasource: Name = "prometheus"
    """UID of the Prometheus data source that is provisioned."""


class Servers(Model):
    """Where the servers are."""

    prometheus: PrometheusServer = empty()
    """The Prometheus that loads `prometheus/`."""
    alertmanager: AlertmanagerServer = empty()
    """The Alertmanagers that load `alertmanager/`."""
    blackbox_exporter: BlackboxServer = empty()
    """The blackbox_exporter that loads `blackbox/`."""
    grafana: GrafanaServer = empty()
    """The Grafana that loads `grafana/`."""


class AwsAccount(Model):
    """An AWS account to bring on board: a role that may discover and read, and nothing else."""

    account_id: AccountId
    """The twelve digits of the account."""
    regions: Regions
    """Regions whose resources are discovered."""
    role_name: RoleName = "monitorgen-discovery"
    """The name of the role the onboarding module makes."""
    trusted_principals: Principals
    """ARNs that may take the role: the one Prometheus runs as, as a rule."""
    cloudwatch: Boolean = True
    """Whether the role may read CloudWatch metrics."""
    tags: Tags = Field(default_factory=dict)
    """Tags of what the module makes."""


class Clouds(Model):
    """Cloud accounts, by provider."""

    aws: AwsAccount | None = None
    """An AWS account."""


class Emit(Model):
    """Which outputs are written; all of them unless switched off."""

    prometheus: Boolean = True
    """`prometheus.yml` and the targets of the checks."""
    rules: Boolean = True
    """Recording and alerting rules."""
    rule_tests: Boolean = True
    """Unit tests of the alerting rules."""
    alertmanager: Boolean = True
    """`alertmanager.yml` and its notification templates."""
    blackbox: Boolean = True
    """The modules of blackbox_exporter."""
    grafana: Boolean = True
    """Dashboards and their provisioning."""
    terraform: Boolean = True
    """Terraform for cloud accounts."""
    audit: Boolean = True
    """Settings of the audit log."""
    receiver: Boolean = True
    """Settings of the receiver, and its list of the alerts."""


class Suppression(Model):
    """A warning that is known and accepted."""

    code: Text
    """The warning's code, such as `MG0324`."""
    at: Text
    """The path in the spec it is about, such as `services.checkout.alerts.errors`."""
    reason: Text
    """Why it is accepted."""
    until: Text | None = None
    """The last day it is accepted, as YYYY-MM-DD."""


class Root(Model):
    """A whole spec."""

    organization: Text
    """Whose monitoring this is."""
    environment: Name | None = None
    """Which environment the spec describes; becomes a label of every alert."""
    compatible_with: CompatibleWith = empty()
    """The servers that what is built must work on."""
    defaults: Defaults = empty()
    """What holds where nothing else is said."""
    severities: Names = ["info", "low", "medium", "high", "critical"]
    """The severities, least to most severe."""
    teams: dict[Name, Team] = Field(default_factory=dict)
    """Who is told, and how, by name."""
    channels: dict[Name, AnyChannel] = Field(default_factory=dict)
    """The ways of telling people, by name."""
    services: dict[Name, Service] = Field(default_factory=dict)
    """What is watched, by name."""
    profiles: dict[Name, RawMapping] = Field(default_factory=dict)
    """Named bundles that services take by `use:`; checked as part of every service that takes them."""
    environments: dict[Name, RawMapping] = Field(default_factory=dict)
    """Overlays: what is different in each environment. The only place where a key may be given again."""
    routing: Routing = empty()
    """How Alertmanager groups and repeats, and who gets what nobody claims."""
    servers: Servers = empty()
    """Where the servers of the stack are."""
    clouds: Clouds = empty()
    """Cloud accounts to bring on board."""
    audit: Audit | None = None
    """The tamper-evident audit log."""
    receiver: Receiver | None = None
    """The service that alerts are posted to: acknowledgement, history, remediation."""
    emit: Emit = empty()
    """Which outputs are written."""
    suppress: list[Suppression] = Field(default_factory=list)
    """Warnings that are known and accepted, each with its reason."""


SECTIONS = tuple(Root.model_fields)
