"""PromQL: typed pieces to build expressions from, tokens with positions, analysis and checks."""

from monitorgen.promql.analysis import Parsed, PromqlError, parse
from monitorgen.promql.checks import CODES, Context, check
from monitorgen.promql.labels import Labels

__all__ = ["CODES", "Context", "Labels", "Parsed", "PromqlError", "check", "parse"]
