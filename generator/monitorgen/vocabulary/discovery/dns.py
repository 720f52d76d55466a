"""`dns:`: targets from the records of names."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, Refreshed, label, settings
from monitorgen.vocabulary.fields import BAD_SCALAR, Port, Text, invalid

__all__ = ["Dns"]


class Dns(Refreshed, Discovery):
    """Every address, or with SRV every host and port, behind a name.

    `instance` is host:port, and `dns_name` the name that was asked for: addresses come and go.
    """

    key: ClassVar[str] = "dns"

    names: Annotated[list[Text], Field(min_length=1)]
    """Names to ask for, by the name servers of the host Prometheus runs on."""
    type: Literal["SRV", "A", "AAAA", "MX"] = "SRV"
    """The kind of record. SRV records bring a port, the others need `port`."""
    port: Port | None = None
    """The port of the targets, where the records do not say it."""

    @model_validator(mode="after")
    def _has_a_port(self) -> Self:
        if self.type != "SRV" and self.port is None:
            raise invalid(BAD_SCALAR, f"{self.type} records do not say which port to scrape", "add `port:`")
        return self

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `dns_sd_configs` entry."""
        config = settings(
            names=list(self.names), type=self.type, port=self.port, refresh_interval=self.refresh()
        )
        return (ServiceDiscovery("dns_sd_configs", config, (label("dns_name", "__meta_dns_name"),)),)
