"""What a channel is: its schema, and the Alertmanager integration it becomes."""

from dataclasses import dataclass
from typing import Any

from monitorgen.model.routing import Integration
from monitorgen.model.versions import VersionRange
from monitorgen.vocabulary.base import Kind
from monitorgen.vocabulary.fields import Boolean, RawMapping, Text
from monitorgen.vocabulary.problem import Problem

__all__ = ["Channel", "ChannelContext", "Delivery"]


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel may need to know of the rest of the spec."""

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

    def integration(self, kind: str, config: dict[str, Any]) -> Integration:
        """`config` as an entry of `kind`, with what all channels share; unset (None) keys are dropped."""
        body = {key: value for key, value in config.items() if value is not None}
        return Integration(kind, {"send_resolved": self.send_resolved, **body, **self.extra})
