"""The ways of finding targets. A new one is a module here and a line in `DISCOVERIES`."""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, create_model

from monitorgen.model.diagnostic import Code
from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.base import Model
from monitorgen.vocabulary.discovery.azure import Azure
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext
from monitorgen.vocabulary.discovery.consul import Consul
from monitorgen.vocabulary.discovery.dns import Dns
from monitorgen.vocabulary.discovery.ec2 import Ec2
from monitorgen.vocabulary.discovery.file import File
from monitorgen.vocabulary.discovery.gce import Gce
from monitorgen.vocabulary.discovery.http import Http
from monitorgen.vocabulary.discovery.kubernetes import Kubernetes
from monitorgen.vocabulary.discovery.static import Static

__all__ = ["CODES", "DISCOVERIES", "Discovery", "DiscoveryContext", "ScrapeTargets"]

DISCOVERIES: tuple[type[Discovery], ...] = (Static, File, Http, Dns, Ec2, Azure, Gce, Kubernetes, Consul)

CODES: tuple[Code, ...] = ()


class _Targets(Model):
    """What a scrape job can do with its discoveries, whichever there are."""

    def given(self) -> tuple[str, ...]:
        """The keys of the discoveries the job has, in the order of DISCOVERIES; empty when it has none."""
        return tuple(d.key for d in DISCOVERIES if getattr(self, d.key) is not None)

    def targets(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:
        """The blocks of every discovery the job has."""
        found: list[ServiceDiscovery] = []
        for key in self.given():
            discovery: Discovery = getattr(self, key)
            found += discovery.discoveries(context)
        return tuple(found)


def _field(discovery: type[Discovery]) -> tuple[Any, Any]:
    return (discovery | None, Field(None, description=discovery.__doc__))


if TYPE_CHECKING:

    class ScrapeTargets(_Targets):
        """The part of a scrape job that says where its targets are: a field for every discovery."""
else:
    ScrapeTargets: type[BaseModel] = create_model(
        "ScrapeTargets", __base__=_Targets, **{d.key: _field(d) for d in DISCOVERIES}
    )
