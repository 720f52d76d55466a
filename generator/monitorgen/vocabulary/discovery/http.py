"""`http:`: targets from an inventory that answers in Prometheus's own JSON."""

from typing import ClassVar

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, Refreshed, settings
from monitorgen.vocabulary.headers import OpenUrl

__all__ = ["Http"]


class Http(Refreshed, Access, Discovery):
    """Targets and their labels as the answer of a URL says; `instance` is host:port.

    The credentials are for the inventory. Those for the targets stand beside it, in the scrape job.
    """

    key: ClassVar[str] = "http"

    url: OpenUrl
    """What to ask."""

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `http_sd_configs` entry."""
        config = settings(url=self.url, refresh_interval=self.refresh()) | self.client_settings()
        return (ServiceDiscovery("http_sd_configs", config),)
