"""`type: pagerduty`: an incident, by PagerDuty's Events API v2."""

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.channels.base import Channel, ChannelContext, Delivery, channel_example
from monitorgen.vocabulary.channels.templated import TemplateText
from monitorgen.vocabulary.fields import Text
from monitorgen.vocabulary.problem import Problem
from monitorgen.vocabulary.secrets import Secret

__all__ = ["CODES", "PagerDuty"]

# The links every incident has, each by the template of that name; PagerDuty is not sent the empty ones.
_LINKS = ("Runbook", "Dashboard", "Graph", "Silence")

_PAGER = "type: pagerduty, integration_key: {file: /run/secrets/pagerduty}"

UNKNOWN_SEVERITY = Code(
    "MG0624",
    "a mapping of a severity that the spec does not have",
    "No alert can carry a severity the spec does not list, so the line would do nothing, and the severity "
    "that was meant keeps its usual urgency.",
    bad=channel_example(_PAGER + ", severity_mapping: {hgih: error}"),
    good=channel_example(_PAGER + ", severity_mapping: {high: error}"),
)
CODES = (UNKNOWN_SEVERITY,)

Level = Literal["info", "warning", "error", "critical"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""PagerDuty's severities, least to most severe."""

_NOT_EMPTY = "{{{{ with {} }}}}{{{{ . }}}}{{{{ end }}}}"


class PagerDuty(Channel):
    """An incident in PagerDuty, resolved when the alert is."""

    type: Literal["pagerduty"]
    integration_key: Secret
    """The integration key of a service with an "Events API v2" integration."""
    severity_mapping: dict[Text, Level] = Field(default_factory=dict)
    """PagerDuty's severity for a severity of the spec. The rest keep theirs: the most severe is `critical`,
    the next `error`, then `warning`, and all others `info`; one of the same name stays what it is."""
    class_: TemplateText | None = None
    """What kind of event it is, such as `cpu load`; may hold Go templates."""
    component: TemplateText = "{{ .CommonLabels.service }}"
    """What is broken; may hold Go templates."""
    group: TemplateText = "{{ .CommonLabels.team }}"
    """What the component belongs to; may hold Go templates."""
    links: dict[Text, TemplateText] = Field(default_factory=dict)
    """Further links of the incident, by their text; the addresses may hold Go templates."""

    def delivery(self, context: ChannelContext) -> Delivery:
        """One `pagerduty_configs` entry."""
        problems = tuple(
            Problem(
                UNKNOWN_SEVERITY,
                "severity_mapping",
                f"the spec has no severity `{name}`",
                "its severities are " + ", ".join(context.severities),
            )
            for name in self.severity_mapping
            if name not in context.severities
        )
        links = {name: f'{{{{ template "monitorgen.{name.lower()}" . }}}}' for name in _LINKS} | self.links
        config = {
            "routing_key_file": self.integration_key.file,
            "severity": self._severity(context.severities),
            "description": '{{ template "monitorgen.pagerduty.description" . }}',
            "source": '{{ template "monitorgen.pagerduty.source" . }}',
            "class": self.class_,
            "component": self.component,
            "group": self.group,
            "details": {
                "firing": '{{ template "monitorgen.pagerduty.details" .Alerts.Firing }}',
                "resolved": '{{ template "monitorgen.pagerduty.details" .Alerts.Resolved }}',
            },
            "links": [{"text": text, "href": href} for text, href in links.items()],
        }
        return Delivery((self.integration("pagerduty_configs", config),), problems)

    def _levels(self, severities: tuple[str, ...]) -> dict[str, Level]:
        """PagerDuty's severity of each of the spec's."""
        ranked: Iterator[Level] = reversed(LEVELS)
        usual: dict[str, Level] = {name: next(ranked, "info") for name in reversed(severities)}
        usual |= {level: level for level in LEVELS if level in severities}
        return usual | {name: level for name, level in self.severity_mapping.items() if name in severities}

    def _severity(self, severities: tuple[str, ...]) -> str:
        """A template that gives the level of the severity which a notification's alerts share.

        Where they do not share one (`group_by` leaves it out), or none of the spec's, it is an `error`, as
        in Alertmanager's own default.
        """
        names: dict[Level, list[str]] = {}
        for severity, level in self._levels(severities).items():
            if level != "error":
                names.setdefault(level, []).append(f'"{severity}"')
        tests = [
            f"if eq .CommonLabels.severity {' '.join(found)} }}}}{level}" for level, found in names.items()
        ]
        return f"{{{{ {'{{ else '.join(tests)}{{{{ else }}}}error{{{{ end }}}}" if tests else "error"
