"""The words of PromQL that are not names of metrics, labels or functions."""

from typing import Final

__all__ = ["AGGREGATIONS", "KEYWORDS", "WORD_OPERATORS"]

# fmt: off
AGGREGATIONS: Final = frozenset({
    "avg", "bottomk", "count", "count_values", "group", "limit_ratio", "limitk", "max", "min", "quantile",
    "stddev", "stdvar", "sum", "topk",
})
WORD_OPERATORS: Final = frozenset({"and", "atan2", "or", "unless"})
# Read by the grammar as something else where a metric name may stand, in one supported version or another.
KEYWORDS: Final = AGGREGATIONS | WORD_OPERATORS | {
    "anchored", "bool", "by", "end", "fill", "fill_left", "fill_right", "group_left", "group_right", "ignoring",
    "inf", "nan", "offset", "on", "range", "smoothed", "start", "step", "without",
}
# fmt: on
