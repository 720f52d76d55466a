"""The settings of a log: `audit/audit.yml` of a built tree, read with the models that checked the spec."""

from pathlib import Path

from pydantic import Field

from monitorgen.model.names import slug
from monitorgen.vocabulary.audit import Audit
from monitorgen.vocabulary.fields import Name, Names, Text
from monitorgen_exporters.settings_file import MAX_CONFIG_BYTES, ConfigError, read_settings

__all__ = ["MAX_CONFIG_BYTES", "ConfigError", "Settings", "load_settings"]


class Settings(Audit):
    """The section `audit:` of a spec, and what of the rest of the spec it rests on."""

    organization: Text
    """Whose log this is."""
    environment: Name | None = None
    """Which environment it is of."""
    severities: Names = Field(["info", "low", "medium", "high", "critical"], min_length=1)
    """The severities, least to most severe."""

    @property
    def log_name(self) -> str:
        """The log's name within the organization: two environments of one spec have two logs."""
        return slug(f"{self.name}-{self.environment}" if self.environment else self.name)

    @property
    def origin_prefix(self) -> str:
        """What the origin of each of the log's incarnations begins with, with the slash behind it."""
        return f"{slug(self.organization)}/audit/{self.log_name}/"


def load_settings(path: Path) -> Settings:
    """The settings in the file at `path`; raises ConfigError, and OSError when it cannot be read."""
    return read_settings(Settings, path, "audit/audit.yml")
