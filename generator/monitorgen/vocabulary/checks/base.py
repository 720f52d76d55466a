"""What a check is: its schema, and the blackbox_exporter module and target it becomes."""

from typing import Any, Literal, NamedTuple

from pydantic import Field

from monitorgen.vocabulary.amounts import SomeTime
from monitorgen.vocabulary.base import Kind, Model
from monitorgen.vocabulary.checks.scalars import ProbeTimeout
from monitorgen.vocabulary.fields import Boolean, Duration, Labels, Name, Text, Texts

__all__ = ["Check", "CheckAlert", "Probing"]


class Probing(NamedTuple):
    """What to hand blackbox_exporter: the target, the prober, and the rest of the module (`{http: {...}}`).

    A module has no timeout of its own. Prometheus sends the scrape timeout along with every probe, and
    blackbox_exporter keeps to it (less half a second, to answer in time), so that checks that differ in
    nothing but their timeout share a module.
    """

    target: str
    prober: str
    body: dict[str, Any]


class CheckAlert(Model):
    """The alert a check raises for itself when it fails."""

    severity: Text
    """One of the spec's severities."""
    for_: Duration | None = None
    """How long the check must fail first. Without it, two intervals of the check."""
    description: Text = ""
    """What is wrong, for the person who is woken. Without it, which check of which service fails."""
    runbook: Text = ""
    """Where to read what to do; the same placeholders as in any alert."""
    channels: list[Name] | None = None
    """These channels instead of the team's."""
    add_channels: list[Name] | None = None
    """These channels besides the team's."""
    cooldown: Duration | None = None
    """After the check succeeds again: no new notification for this long."""
    tags: Texts = Field(default_factory=list)
    """Words to find it by; they become the annotation `tags`."""


class Check(Kind):
    """One thing to try from outside, again and again."""

    interval: SomeTime | None = None
    """How often. Without it, the scrape interval."""
    timeout: ProbeTimeout | None = None
    """How long one attempt may take. Without it, 10 seconds or the interval, whichever is shorter."""
    ip_protocol: Literal["ip4", "ip6"] | None = None
    """Use only this one. Without it IPv4, and IPv6 for names that have nothing else."""
    labels: Labels = Field(default_factory=dict)
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

    def ip_settings(self) -> dict[str, Any]:
        """The two settings every prober has for `ip_protocol`.

        blackbox_exporter itself prefers IPv6, and then reports services as down to hosts without it.
        """
        if self.ip_protocol is None:
            return {"preferred_ip_protocol": "ip4"}
        return {"preferred_ip_protocol": self.ip_protocol, "ip_protocol_fallback": False}
