"""The settings of a receiver: `receiver/receiver.yml` of a built tree, read with the spec's own models."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from monitorgen.vocabulary.fields import Name, Names, Text
from monitorgen.vocabulary.receiver import Receiver
from monitorgen.vocabulary.receiver_faults import faults
from monitorgen_exporters.audit.config import Settings as AuditSettings
from monitorgen_exporters.settings_file import ConfigError, read_settings

__all__ = ["ConfigError", "Settings", "load_settings"]

_SHARED = ("organization", "environment", "severities")


class Settings(Receiver):
    """The section `receiver:` of a spec, and what of the rest of the spec it rests on."""

    organization: Text
    """Whose receiver this is."""
    environment: Name | None = None
    """Which environment it is of; None for a spec without environments."""
    severities: Names = Field(["info", "low", "medium", "high", "critical"], min_length=1)
    """The severities, least to most severe."""
    audit: AuditSettings
    """The audit log, in whose database the receiver keeps everything."""

    @model_validator(mode="before")
    @classmethod
    def _told_once(cls, found: Any) -> Any:
        """Gives the audit log what the file says once for both."""
        if isinstance(found, Mapping) and isinstance(found.get("audit"), Mapping):
            shared = {name: found[name] for name in _SHARED if name in found}
            return {**found, "audit": shared | {**found["audit"]}}
        return found


def load_settings(path: Path) -> Settings:
    """The settings in the file at `path`, and nothing that the compiler would have refused.

    Raises ConfigError, and OSError when the file cannot be read.
    """
    settings = read_settings(Settings, path, "receiver/receiver.yml")
    wrong = [f"{path}: {'.'.join(fault.path)}: {fault.message}" for fault in faults(settings)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return settings
