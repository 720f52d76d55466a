"""`azure:`: the machines of an Azure subscription."""

from typing import ClassVar

from pydantic import Field

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.discovery.base import (
    Discovery,
    DiscoveryContext,
    Refreshed,
    keep,
    label,
    meta,
    settings,
)
from monitorgen.vocabulary.fields import Port, Text
from monitorgen.vocabulary.re2 import literal

__all__ = ["Azure"]

_FOUND = "__meta_azure_machine_id"
_RELABEL = (
    label("instance", "__meta_azure_machine_name"),
    label("resource_group", "__meta_azure_machine_resource_group"),
    label("region", "__meta_azure_machine_location"),
)


class Azure(Refreshed, Discovery):
    """Virtual machines and the machines of scale sets.

    `instance` is the machine's name, which is unique within its `resource_group`; `region` is where it
    runs. Prometheus asks as the managed identity of its own machine: its configuration has no file field
    for a client secret.
    """

    key: ClassVar[str] = "azure"

    subscription_id: Text
    """The subscription the machines belong to."""
    resource_group: Text | None = None
    """Only machines of this group. Without it, all of the subscription."""
    tags: dict[Text, Text] = Field(default_factory=dict)
    """Tags that machines must have."""
    port: Port = 80
    """The port of the targets."""
    client_id: Text | None = None
    """The user-assigned identity to ask as. Without it, the system-assigned one."""

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `azure_sd_configs` entry; tags are matched by relabelling, since Azure's API cannot."""
        config = settings(
            authentication_method="ManagedIdentity",
            subscription_id=self.subscription_id,
            resource_group=self.resource_group,
            client_id=self.client_id,
            port=self.port,
            refresh_interval=self.refresh(),
        )
        wanted = tuple(
            keep(_FOUND, meta("azure_machine_tag", tag), literal(value))
            for tag, value in sorted(self.tags.items())
        )
        return (ServiceDiscovery("azure_sd_configs", config, (*wanted, *_RELABEL)),)
