"""`consul:`: the services registered with Consul."""

from typing import ClassVar, Literal

from pydantic import Field

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, Refreshed, label, settings
from monitorgen.vocabulary.fields import HostPort, Text, Texts

__all__ = ["Consul"]

_RELABEL = (
    label(
        "instance",
        "__meta_consul_node",
        "__meta_consul_service_port",
        pattern="(.+);(.+)",
        replacement="$1:$2",
    ),
    label("datacenter", "__meta_consul_dc"),
)


class Consul(Refreshed, Access, Discovery):
    """Every instance of the named services.

    `instance` is the node's name and the service's port: nodes change their address. `datacenter` is
    Consul's. An ACL token is given as `bearer_token`.
    """

    key: ClassVar[str] = "consul"

    server: HostPort
    """The Consul agent to ask."""
    scheme: Literal["http", "https"] = "http"
    """How to reach it."""
    services: Texts = Field(default_factory=list)
    """Only these. Without it, every service there is."""
    tags: Texts = Field(default_factory=list)
    """Only instances that have all of these tags."""
    datacenter: Text | None = None
    """The datacenter to ask about. Without it, the agent's own."""

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `consul_sd_configs` entry."""
        config = settings(
            server=self.server,
            scheme="" if self.scheme == "http" else self.scheme,
            datacenter=self.datacenter,
            services=list(self.services),
            tags=list(self.tags),
            refresh_interval=self.refresh(),
        )
        return (ServiceDiscovery("consul_sd_configs", config | self.client_settings(), _RELABEL),)
