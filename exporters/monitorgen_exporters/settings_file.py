"""A settings file of a built tree, read with the models that checked the spec."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

__all__ = ["MAX_CONFIG_BYTES", "ConfigError", "read_settings"]

MAX_CONFIG_BYTES = 1 << 20
"""A settings file is a few kilobytes; what is longer is something else."""


class ConfigError(ValueError):
    """The file is no settings; the text says where and why, a fault a line."""


_M = TypeVar("_M", bound=BaseModel)


def read_settings(model: type[_M], path: Path, built: str) -> _M:
    """The settings in the file at `path`, which is `built` of a built tree.

    Raises ConfigError, and OSError when it cannot be read.
    """
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
        raise ConfigError(f"{path} holds no settings: take {built} of a built tree")
    try:
        return model.model_validate(found)
    except ValidationError as error:
        faults = [
            f"{path}: {'.'.join(str(step) for step in detail['loc'])}: {detail['msg']}"
            for detail in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigError("\n".join(faults)) from None
