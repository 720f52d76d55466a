"""What a channel is: its schema, and the Alertmanager integration it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from monitorgen.model.diagnostic import Code, Severity
from monitorgen.model.merging import merged
from monitorgen.model.routing import Integration
from monitorgen.model.versions import VersionRange, field_since
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.fields import Boolean, RawMapping, Text, example
from monitorgen.vocabulary.problem import Problem

__all__ = [
    "CODES",
    "INCOMPLETE",
    "LEFT_OUT",
    "Channel",
    "ChannelContext",
    "Delivery",
    "channel_example",
    "left_out",
]


def channel_example(channel: str) -> str:
    """A whole small spec whose only channel is `channel`, written as the inside of a flow mapping."""
    return example("").replace('type: webhook, url: "http://127.0.0.1:9/hook"', channel)


_SLOW = 'type: webhook, url: "http://127.0.0.1:9/hook", timeout: 10s'
_MAIL = "type: email, from_email: a@acme.example, recipients: [b@acme.example]"

LEFT_OUT = Code(
    "MG0620",
    "a channel's field that an Alertmanager in the range does not know",
    "Alertmanager refuses a whole configuration for one field it does not know. The field is left out, so "
    "that every server of `compatible_with` loads what is built, and the channel works without it.",
    bad=channel_example(_SLOW),
    good='compatible_with: {alertmanager: ["0.28", "0.33"]}' + channel_example(_SLOW),
    severity=Severity.WARNING,
)
INCOMPLETE = Code(
    "MG0621",
    "a channel lacks what it needs to deliver",
    "Some fields only work together, and some may be given for all channels of a type at once, under "
    "`defaults.channels`. Without them Alertmanager refuses its configuration, or every notification fails.",
    bad=channel_example(_MAIL),
    good=channel_example(_MAIL + ", smtp_server: mail.acme.example"),
)
CODES = (LEFT_OUT, INCOMPLETE)


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel may need to know of the rest of the spec. Severities run from least to most severe."""

    name: str
    severities: tuple[str, ...]
    alertmanager: VersionRange


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a channel compiles to: its integrations, and what Alertmanager cannot express of it."""

    integrations: tuple[Integration, ...]
    problems: tuple[Problem, ...] = ()


class Channel(Kind):
    """One way of telling people."""

    enabled: Boolean = True
    """`false` takes the channel out of every policy; say why in `reason`."""
    reason: Text = ""
    """Why it is disabled."""
    send_resolved: Boolean = True
    """Whether to tell when the alert is over."""
    extra: RawMapping = Field(default_factory=dict)
    """Merged into the integration as it is emitted, for what the spec has no word for."""

    def delivery(self, context: ChannelContext) -> Delivery:
        """The Alertmanager integrations of this channel."""
        raise NotImplementedError

    def integration(self, kind: str, config: Mapping[str, Any]) -> Integration:
        """`config` as an entry of `kind`, with what all channels share; unset (None) keys are dropped."""
        body = {key: value for key, value in config.items() if value is not None}
        return Integration(kind, merged({"send_resolved": self.send_resolved, **body}, self.extra))


def left_out(context: ChannelContext, field: str, setting: str) -> Problem | None:
    """The problem of a `field` that cannot be emitted because an Alertmanager of the range does not know it.

    `setting` is what it becomes, a path as the table of fields by version has it. None when all know it.
    """
    since = field_since("alertmanager", setting)
    if not (lacking := since.lacking(context.alertmanager)):
        return None
    return Problem(
        LEFT_OUT,
        field,
        f"Alertmanager {' and '.join(map(str, lacking))} cannot do `{field}`: it is left out",
        f"do without it, or start `compatible_with.alertmanager` at {since.since}",
    )
