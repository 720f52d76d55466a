"""`services:` and `profiles:`: what is scraped, checked, recorded and alerted on, for one service."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.amounts import Count, SomeTime
from monitorgen.vocabulary.base import Model, once
from monitorgen.vocabulary.checks import AnyCheck
from monitorgen.vocabulary.conditions import AnyCondition
from monitorgen.vocabulary.discovery import ScrapeTargets
from monitorgen.vocabulary.fields import (
    BAD_NAME,
    AbsoluteUrl,
    Boolean,
    Duration,
    LabelName,
    Labels,
    MetricName,
    Name,
    Names,
    OneOrMore,
    RawMapping,
    Text,
    Texts,
    invalid,
)
from monitorgen.vocabulary.relabel import RelabelSteps

__all__ = ["Alert", "PanelOptions", "Profile", "Recording", "Scrape", "Service"]


class Scrape(Access, ScrapeTargets):
    """One scrape job. At least one discovery says where its targets are."""

    interval: SomeTime | None = None
    """How often. Without it, `defaults.scrape_interval`."""
    timeout: SomeTime | None = None
    """How long one scrape may take; never longer than the interval."""
    path: Text = "/metrics"
    """Where the metrics are."""
    scheme: Literal["http", "https"] = "http"
    """How to reach the targets."""
    params: dict[Text, OneOrMore] = Field(default_factory=dict)
    """Query parameters."""
    labels: Labels = Field(default_factory=dict)
    """Put on every target of the job."""
    honor_labels: Boolean = False
    """Whether labels the target exposes win over the target's own."""
    sample_limit: Count | None = None
    """Refuse a scrape that brings more samples than this."""
    relabel: RelabelSteps = Field(default_factory=list)
    """Further `relabel_configs`, after ours."""
    metric_relabel: RelabelSteps = Field(default_factory=list)
    """`metric_relabel_configs`: which samples to keep, and how they are labelled."""
    enabled: Boolean = True
    """`false` leaves the job out; say why in `reason`."""
    reason: Text = ""
    """Why it is disabled."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into the scrape configuration as it is emitted."""


_OF_ANOTHER_FIELD = {
    "summary": "`summary:`",
    "description": "`description:`",
    "runbook_url": "`runbook:`",
    "dashboard_url": "`servers.grafana.url`",
    "tags": "`tags:`",
}


def _annotation(name: str) -> str:
    if name not in _OF_ANOTHER_FIELD:
        return name
    raise invalid(BAD_NAME, f"the annotation `{name}` is made of {_OF_ANOTHER_FIELD[name]}", "say it there")


AnnotationName = Annotated[
    LabelName,
    AfterValidator(_annotation),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^(?!(?:{'|'.join(_OF_ANOTHER_FIELD)})$)(?!__)[A-Za-z_][A-Za-z0-9_]{{0,99}}$",
        }
    ),
]
"""The name of an annotation that no field of an alert makes."""


class PanelOptions(Model):
    """How an alert's panel looks on the service's dashboard."""

    title: Text = ""
    """The panel's title. Without it, the alert's name."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into the panel as it is emitted."""


class Alert(Model):
    """One alert: when it fires, how bad that is, and whom it tells."""

    condition: AnyCondition
    """When it fires."""
    severity: Text
    """One of the spec's severities."""
    description: Text
    """What is wrong, for the person who is woken. May hold Go templates such as `{{ $value }}`."""
    for_: Duration | None = None
    """How long the condition must hold before the alert fires."""
    cooldown: Duration | None = None
    """After the condition clears: no new notification for this long."""
    channels: Names | None = None
    """These channels instead of the team's."""
    add_channels: Names | None = None
    """These channels besides the team's."""
    summary: Text = ""
    """One line for subjects and titles. Without it, the alert's and the service's name."""
    runbook: Text = ""
    """Where to read what to do. `${service}`, `${alert}`, `${team}` and `${severity}` are filled in."""
    tags: Texts = Field(default_factory=list)
    """Words to find it by; they become the annotation `tags`."""
    labels: Labels = Field(default_factory=dict)
    """Further labels of the alert."""
    annotations: dict[AnnotationName, Text] = Field(default_factory=dict)
    """Further annotations. May hold Go templates."""
    panel: PanelOptions | None = None
    """How it looks on the dashboard."""
    enabled: Boolean = True
    """`false` leaves the alert out; say why in `reason`."""
    reason: Text = ""
    """Why it is disabled."""


class Recording(Model):
    """One recording rule: its key is the name of the series it makes (`level:metric:operations`)."""

    expr: Text
    """The expression, emitted word for word."""
    labels: Labels = Field(default_factory=dict)
    """Put on the recorded series, besides `service`."""
    description: Text = ""
    """What the series means; stands with its graph on the dashboard."""
    enabled: Boolean = True
    """`false` leaves the recording out; say why in `reason`."""
    reason: Text = ""
    """Why it is disabled."""


class DashboardOptions(Model):
    """The dashboard of a service."""

    links: dict[Text, AbsoluteUrl] = Field(default_factory=dict)
    """Links at its top: title to URL."""
    enabled: Boolean = True
    """`false` makes none; say why in `reason`."""
    reason: Text = ""
    """Why there is none."""


class Profile(Model):
    """What a service may say, as a bundle that services take by `use:`."""

    team: Name | None = None
    """The team that owns the service and is told of its alerts."""
    description: Text = ""
    """What the service is for; shown on its dashboard."""
    runbook: Text = ""
    """The runbook of every alert that names none itself; same placeholders."""
    labels: Labels = Field(default_factory=dict)
    """Put on every target, check and alert of the service."""
    evaluation_interval: SomeTime | None = None
    """How often the service's rules are evaluated. Without it, `defaults.evaluation_interval`."""
    scrape: dict[Name, Annotated[Scrape, once]] = Field(default_factory=dict)
    """Scrape jobs by name."""
    checks: dict[Name, Annotated[AnyCheck, once]] = Field(default_factory=dict)
    """Checks from outside, by name."""
    recordings: dict[MetricName, Annotated[Recording, once]] = Field(default_factory=dict)
    """Recording rules by the name of the series they make."""
    alerts: dict[LabelName, Annotated[Alert, once]] = Field(default_factory=dict)
    """Alerts by name; the name becomes the `alertname`."""
    dashboard: DashboardOptions | None = None
    """What the service's dashboard shows besides its alerts, checks and targets."""
    enabled: Boolean = True
    """`false` leaves the service out; say why in `reason`."""
    reason: Text = ""
    """Why it is disabled."""


class Service(Profile):
    """One service: the unit that owns targets, checks and alerts."""

    use: Names = Field(default_factory=list)
    """Profiles to take things from. What the service says itself wins."""
