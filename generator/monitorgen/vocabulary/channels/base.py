"""What a channel is: its schema, and the Alertmanager integration it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitorgen.model.diagnostic import Code, Severity
from monitorgen.model.routing import Integration
from monitorgen.model.versions import VersionRange, field_since
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.fields import Boolean, RawMapping, Text, example
from monitorgen.vocabulary.problem import Problem

__all__ = ["CHANNEL", "CODES", "INCOMPLETE", "LEFT_OUT", "Channel", "ChannelContext", "Delivery", "left_out"]

CHANNEL = 'type: webhook, url: "http://127.0.0.1:9/hook"'
"""The channel of `example("")`, for the examples of codes to replace."""

_RECENT = 'compatible_with: {alertmanager: ["0.28", "0.33"]}\n'

LEFT_OUT = Code(
    "MG0620",
    "a channel's field that an Alertmanager in the range does not know",
    "Alertmanager refuses a whole configuration for one field it does not know. The field is left out, so that "
    "every server of `compatible_with` loads what is built, and the channel works without it.",
    bad=example("").replace(CHANNEL, CHANNEL + ", timeout: 10s"),
    good=_RECENT + example("").replace(CHANNEL, CHANNEL + ", timeout: 10s"),
    severity=Severity.WARNING,
)
INCOMPLETE = Code(
    "MG0621",
    "a channel that cannot deliver yet",
    "Some fields only work together, and some can be given for all channels of a type at once, under "
    "`defaults.channels`. Where one is missing in both places Alertmanager refuses its configuration or every "
    "notification fails.",
    bad=example("").replace(CHANNEL, "type: email, from_email: a@acme.example, recipients: [b@acme.example]"),
    good=example("").replace(
        CHANNEL,
        "type: email, smtp_server: mail.acme.example, from_email: a@acme.example, recipients: [b@acme.example]",
    ),
)
CODES = (LEFT_OUT, INCOMPLETE)


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel may need to know of the rest of the spec: severities least to most severe."""

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
    extra: RawMapping = {}
    """Merged into the integration as it is emitted, for what the spec has no word for."""

    def delivery(self, context: ChannelContext) -> Delivery:
        """The Alertmanager integrations of this channel."""
        raise NotImplementedError

    def integration(self, kind: str, config: Mapping[str, Any]) -> Integration:
        """`config` as an entry of `kind`, with what all channels share; unset (None) keys are dropped.

        `extra` wins, key by key, and goes into mappings that are there already.
        """
        body = {key: value for key, value in config.items() if value is not None}
        return Integration(kind, _merged({"send_resolved": self.send_resolved, **body}, self.extra))


def left_out(context: ChannelContext, field: str, setting: str) -> Problem | None:
    """The problem of `field` of the spec when an Alertmanager in the range does not know `setting`.

    `setting` is spelled as in the table of fields by version. None when all of them know it.
    """
    since = field_since("alertmanager", setting)
    lacking = since.lacking(context.alertmanager)
    if not lacking:
        return None
    servers = " and ".join(str(version) for version in lacking)
    return Problem(
        LEFT_OUT,
        field,
        f"Alertmanager {servers} does not know `{setting.rpartition('.')[2]}`: `{field}` is left out",
        f"remove `{field}`, or raise `compatible_with.alertmanager` to {since.since} or later",
    )


def _merged(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `extra` laid over it, to any depth of mappings."""
    merged = dict(base)
    for key, value in extra.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged
