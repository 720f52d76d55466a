"""Plan to model values: rules and their tests, routes, jobs, probes, panels."""

from monitorgen.lower.stack import CODES, lower

__all__ = ["CODES", "lower"]
