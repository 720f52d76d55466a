"""`audit:` as the settings that the runtime reads: everything said, durations as text."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from monitorgen.model.duration import format_duration
from monitorgen.plan.values import Plan
from monitorgen.vocabulary.secrets import SecretEnv, SecretFile

__all__ = ["audit_settings"]


def audit_settings(plan: Plan) -> dict[str, Any] | None:
    """The whole section with its defaults, and what of the rest of the spec it rests on; None without one."""
    if plan.audit is None:
        return None
    about = {
        "organization": plan.organization,
        "environment": plan.environment,
        "severities": list(plan.severities),
    }
    said: dict[str, Any] = _plain(plan.audit)
    return {key: value for key, value in about.items() if value} | said


def _plain(value: Any) -> Any:
    """`value` without what is empty; every number with a point is a length of time in these models."""
    if isinstance(value, BaseModel):
        value = {
            field.alias or name: getattr(value, name) for name, field in type(value).model_fields.items()
        }
    if isinstance(value, SecretFile | SecretEnv):
        return value._asdict()
    if isinstance(value, Mapping):
        plain = {key: _plain(item) for key, item in value.items()}
        return {key: item for key, item in plain.items() if item not in (None, "", [], {})}
    if isinstance(value, float):
        return format_duration(value)
    return value
