"""`gce:`: the machines of a Google Cloud project."""

from typing import Annotated, ClassVar

from pydantic import Field

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, Refreshed, label, settings
from monitorgen.vocabulary.fields import Port, Text
from monitorgen.vocabulary.one_or_more import ONE_OR_MORE

__all__ = ["Gce"]

_RELABEL = (
    label("instance", "__meta_gce_instance_name"),
    # The zone comes as a URL that ends in its name.
    label("zone", "__meta_gce_zone", pattern="(?:.*/)?([^/]+)"),
)


class Gce(Refreshed, Discovery):
    """Running Compute Engine instances, by zone and labels.

    `instance` is the machine's name, which is unique within its `zone`. Prometheus asks with the service
    account of its own machine, or the one GOOGLE_APPLICATION_CREDENTIALS names.
    """

    key: ClassVar[str] = "gce"

    project: Text
    """The project the machines belong to."""
    zone: Annotated[list[Text], Field(min_length=1), ONE_OR_MORE]
    """The zone, or a list of them."""
    labels: dict[Text, Text] = Field(default_factory=dict)
    """Labels that machines must have."""
    filter: Text = ""
    """A further filter, in the language of the Compute Engine API."""
    port: Port = 80
    """The port of the targets."""

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `gce_sd_configs` entry for every zone."""
        common = settings(port=self.port, filter=self._filter(), refresh_interval=self.refresh())
        return tuple(
            ServiceDiscovery("gce_sd_configs", {"project": self.project, "zone": zone, **common}, _RELABEL)
            for zone in self.zone
        )

    def _filter(self) -> str:
        wanted = [f'(labels.{name} = "{value}")' for name, value in sorted(self.labels.items())]
        # A stopped machine keeps its address and would be a target that is down for ever.
        wanted.append("(status = RUNNING)")
        if self.filter:
            wanted.append(f"({self.filter})")
        return " AND ".join(wanted)
