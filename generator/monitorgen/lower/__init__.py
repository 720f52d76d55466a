"""Plan to model values: rules and their tests, routes, jobs, probes, panels."""

from monitorgen.lower.stack import lower

__all__ = ["lower"]
