"""The settings of a log: `audit/audit.yml` of a built tree, read with the models that checked the spec."""

from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from monitorgen.model.names import slug
from monitorgen.vocabulary.audit import Audit
from monitorgen.vocabulary.fields import Name, Names, Text

__all__ = ["MAX_CONFIG_BYTES", "ConfigError", "Settings", "load_settings"]

MAX_CONFIG_BYTES = 1 << 20
"""A settings file is a few kilobytes; what is longer is something else."""


class ConfigError(ValueError):
    """The file is no settings of an audit log; the text says where and why, a fault a line."""


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
    with path.open("rb") as file:
        text = file.read(MAX_CONFIG_BYTES + 1)
    if len(text) > MAX_CONFIG_BYTES:
        raise ConfigError(f"{path} is longer than {MAX_CONFIG_BYTES} bytes: it is no settings file")
    try:
        # Scalars stay text, as in a spec: the field says what they mean.
        found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - makes only text, lists and dicts
    except yaml.YAMLError as fault:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(fault).split())}") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path} holds no settings: take audit/audit.yml of a built tree")
    try:
        return Settings.model_validate(found)
    except ValidationError as error:
        faults = [
            f"{path}: {'.'.join(str(step) for step in detail['loc'])}: {detail['msg']}"
            for detail in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigError("\n".join(faults)) from None
