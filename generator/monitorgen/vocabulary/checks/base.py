"""What a check is: its schema, and the blackbox_exporter module and target it becomes."""

from typing import Any, NamedTuple

from monitorgen.vocabulary.base import Kind, Model
from monitorgen.vocabulary.fields import Boolean, Duration, Labels, Name, Text, Texts

__all__ = ["Check", "CheckAlert", "Probing"]


class Probing(NamedTuple):
    """What to hand blackbox_exporter: the target, and the module (without its timeout)."""

    target: str
    prober: str
    body: dict[str, Any]


class CheckAlert(Model):
    """The alert a check raises for itself when it fails."""

    severity: Text
    for_: Duration | None = None
    """How long the check must fail first. Without it, two intervals of the check."""
    description: Text = ""
    runbook: Text = ""
    channels: list[Name] | None = None
    add_channels: list[Name] | None = None
    cooldown: Duration | None = None
    tags: Texts = []


class Check(Kind):
    """One thing to try from outside, again and again."""

    interval: Duration | None = None
    """How often. Without it, the scrape interval."""
    timeout: Duration | None = None
    """How long one attempt may take. Without it, 10 seconds or the interval, whichever is shorter."""
    labels: Labels = {}
    """Put on the metrics of this check."""
    alert: CheckAlert | None = None
    """The alert to raise when the check fails. Without it the metrics are collected and nobody is told."""
    enabled: Boolean = True
    """`false` leaves the check out; say why in `reason`."""
    reason: Text = ""
    """Why it is disabled."""

    def probing(self) -> Probing:
        """What blackbox_exporter is asked to do."""
        raise NotImplementedError

    def attempts(self) -> int:
        """How many probes make one result: the check fails only when all of them do."""
        return 1
