"""The words of PromQL that are not names of metrics, labels or functions."""

from typing import Final

__all__ = ["AGGREGATIONS", "COMPARISONS", "GROUPINGS", "KEYWORDS", "WORD_OPERATORS"]

# fmt: off
AGGREGATIONS: Final = frozenset({
    "avg", "bottomk", "count", "count_values", "group", "limit_ratio", "limitk", "max", "min", "quantile",
    "stddev", "stdvar", "sum", "topk",
})
WORD_OPERATORS: Final = frozenset({"and", "atan2", "or", "unless"})
COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
# Words that a list of labels in brackets follows (it may be left out after the last two).
GROUPINGS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
# Read by the grammar as something else where a metric name may stand, in one supported version or another.
KEYWORDS: Final = AGGREGATIONS | WORD_OPERATORS | GROUPINGS | {
    "anchored", "bool", "end", "fill", "fill_left", "fill_right", "inf", "nan", "offset", "range", "smoothed",
    "start", "step",
}
# fmt: on
