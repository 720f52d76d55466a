"""Spec to plan: references resolved, defaults filled, identities decided, nothing left to guess."""

from monitorgen.plan.resolve import CODES, resolve
from monitorgen.plan.values import Plan

__all__ = ["CODES", "Plan", "resolve"]
