"""What a discovery is: its schema, and the Prometheus service discovery it becomes."""

from dataclasses import dataclass
from typing import ClassVar

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.base import Model

__all__ = ["Discovery", "DiscoveryContext"]


@dataclass(frozen=True, slots=True)
class DiscoveryContext:
    """What a discovery may need to know of the rest of the spec."""

    service: str
    job: str
    aws_role: str
    """The ARN of the role that `clouds: aws:` makes for discovery, or empty."""


class Discovery(Model):
    """One way of finding targets. `key` is how a scrape job of a spec asks for it."""

    key: ClassVar[str]

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:
        """The service discovery blocks, each with the relabelling that names its targets."""
        raise NotImplementedError
