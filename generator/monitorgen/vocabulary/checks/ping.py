"""`type: ping`: ICMP echo."""

from typing import Literal

from monitorgen.vocabulary.checks.base import Check, Probing
from monitorgen.vocabulary.checks.scalars import Attempts, Host

__all__ = ["Ping"]


class Ping(Check):
    """Fails when a host answers none of its echo requests."""

    type: Literal["ping"]
    host: Host
    """The host to ping."""
    packet_count: Attempts = 1
    """How many requests an interval; the check fails when none of them is answered.

    blackbox_exporter sends one to a probe, so that many probes are spread over the interval.
    """

    def probing(self) -> Probing:
        """The host, and a module of the icmp prober."""
        return Probing(self.host, "icmp", {"icmp": self.ip_settings()})

    def attempts(self) -> int:
        """One probe for each packet."""
        return self.packet_count
