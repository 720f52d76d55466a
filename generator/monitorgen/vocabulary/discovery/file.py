"""`file:`: targets from files that something else keeps up to date."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, WithJsonSchema

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, Refreshed, settings
from monitorgen.vocabulary.fields import BAD_SCALAR, Text, invalid

__all__ = ["File"]


def _file(value: str) -> str:
    # As Prometheus checks it: a glob only in the last part, and an ending it can read.
    folder, _, name = value.rpartition("/")
    if name.endswith((".json", ".yml", ".yaml")) and not set("*?[") & set(folder):
        return value
    raise invalid(
        BAD_SCALAR,
        f"`{value}` is not a file of targets",
        "it ends in .json, .yml or .yaml; `*` may stand in the file's name, not in a folder's",
    )


TargetFile = Annotated[
    Text,
    AfterValidator(_file),
    WithJsonSchema({"type": "string", "pattern": r"^(?:[^*?\[]*/)?[^/]*\.(?:json|ya?ml)$"}),
]


class File(Refreshed, Discovery):
    """Targets and their labels as files of Prometheus's `file_sd` format say; `instance` is host:port.

    Prometheus notices a change by itself; `refresh_interval` is for file systems that do not tell.
    """

    key: ClassVar[str] = "file"

    files: Annotated[list[TargetFile], Field(min_length=1)]
    """Paths, seen from the Prometheus configuration; `*` stands for any part of a file's name."""

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `file_sd_configs` entry."""
        config = settings(files=list(self.files), refresh_interval=self.refresh())
        return (ServiceDiscovery("file_sd_configs", config),)
