"""`audit:` as the settings that the runtime reads."""

from typing import Any

from monitorgen.lower.settings import settings
from monitorgen.plan.values import Plan

__all__ = ["about", "audit_settings"]


def about(plan: Plan) -> dict[str, Any]:
    """What the settings of the runtime's parts say of the spec as a whole."""
    said = {
        "organization": plan.organization,
        "environment": plan.environment,
        "severities": list(plan.severities),
    }
    return {key: value for key, value in said.items() if value}


def audit_settings(plan: Plan) -> dict[str, Any] | None:
    """The whole section with its defaults, and what of the rest of the spec it rests on; None without one."""
    return None if plan.audit is None else about(plan) | settings(plan.audit)
