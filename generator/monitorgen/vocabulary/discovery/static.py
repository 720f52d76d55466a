"""`static:`: targets by address."""

from typing import Annotated, ClassVar

from pydantic import Field, RootModel

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext
from monitorgen.vocabulary.fields import HostPort

__all__ = ["Static"]


class Static(RootModel[Annotated[list[HostPort], Field(min_length=1)]], Discovery):
    """A list of targets as host:port; that is also their `instance`."""

    key: ClassVar[str] = "static"

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `static_configs` entry."""
        return (ServiceDiscovery("static_configs", {"targets": list(self.root)}),)
