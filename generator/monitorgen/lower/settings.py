"""A section of the spec as the settings that the runtime reads: everything said, durations as text."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from monitorgen.model.duration import format_duration
from monitorgen.vocabulary.secrets import SecretEnv, SecretFile

__all__ = ["settings"]

_NOTHING: tuple[Any, ...] = (None, "", [], {})


def settings(value: Any) -> Any:
    """`value`, a section's model, as plain mappings and lists, with its defaults but without what is empty.

    What is empty where the default is something stays. Every number with a point is a length of time.
    """
    if isinstance(value, BaseModel):
        return dict(_fields(value))
    if isinstance(value, SecretFile | SecretEnv):
        return value._asdict()
    if isinstance(value, Mapping):
        return {key: settings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [settings(item) for item in value]
    if isinstance(value, float):
        return format_duration(value)
    return value


def _fields(model: BaseModel) -> Any:
    for name, field in type(model).model_fields.items():
        value = settings(getattr(model, name))
        if value not in _NOTHING or field.get_default(call_default_factory=True) not in _NOTHING:
            yield field.alias or name, value
