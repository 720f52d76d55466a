"""Values with a unit (`5%`, `400ms`, `10GiB`), read against the unit of the metric they are compared with."""

import re
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.fields import BAD_SCALAR, example, invalid

__all__ = ["CODES", "UNITS", "UNIT_MISMATCH", "Quantity", "QuantityText", "Unit", "in_unit", "unit_of"]

UNITS = ("percent", "ratio", "seconds", "milliseconds", "bytes", "per_second", "count")

UNIT_MISMATCH = Code(
    "MG0206",
    "the value's unit does not fit the metric",
    "A metric's name says its unit. `80%` of a metric that counts in percent would have to become 80, of one "
    "that counts in parts of one 0.8: a hundredfold mistake either way, and one that no server notices.",
    bad=example("").replace("error_rate", "cpu_usage_percent").replace("0.05", "80%"),
    good=example("").replace("error_rate", "cpu_usage_percent").replace("0.05", "80"),
)
CODES = (UNIT_MISMATCH,)


class Quantity(NamedTuple):
    """A number and the unit it was written with (empty: none)."""

    number: float
    unit: str
    text: str


_SHAPE = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)\s*([A-Za-z%µ]*)\s*")
_WINDOW = re.compile(r"(?:[0-9]+(?:ms|[smhdwy]))+$")
_TIME = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = (
    {"B": 1.0}
    | {
        prefix + unit: float(base**power)
        for unit, base in (("B", 1000), ("iB", 1024))
        for power, prefix in enumerate(("K", "M", "G", "T", "P"), start=1)
    }
    | {"kB": 1000.0}
)
_PATTERN = f"^{_SHAPE.pattern.replace('[A-Za-z%µ]*', '|'.join(['', '%', *_TIME, *_BYTES]))}$"
_WORDS = {
    "percent": "percent",
    "percentage": "percent",
    "pct": "percent",
    "ratio": "ratio",
    "seconds": "seconds",
    "milliseconds": "milliseconds",
    "ms": "milliseconds",
    "bytes": "bytes",
}


def _quantity(value: Any) -> Quantity:
    if isinstance(value, Quantity):
        return value
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if isinstance(text, str) and (found := _SHAPE.fullmatch(text)):
        unit = found[2]
        if (unit in ("", "%") or unit in _TIME or unit in _BYTES) and abs(float(found[1])) < float("inf"):
            return Quantity(float(found[1]), unit, text.strip())
    raise invalid(
        BAD_SCALAR,
        f"expected a number, found `{value}`" if isinstance(value, str) else "expected a number",
        "write 0.05, 5%, 400ms or 10GiB",
    )


def _unit(value: Any) -> str:
    if value in UNITS:
        return str(value)
    raise invalid(BAD_SCALAR, f"`{value}` is not a unit", "one of " + ", ".join(UNITS))


QuantityText = Annotated[
    Quantity,
    BeforeValidator(_quantity),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": _PATTERN}]}),
]
Unit = Annotated[str, BeforeValidator(_unit), WithJsonSchema({"enum": list(UNITS)})]


@lru_cache(maxsize=4096)
def unit_of(metric: str) -> str:
    """The unit a metric's name tells (`..._seconds`, `..._percent`), or empty.

    The last word that is a unit counts, so `http_request_duration_seconds:p99` is in seconds and
    `disk_read_bytes_total` in bytes. A recorded series may say its window there: `service:errors:ratio5m`.
    """
    for word in reversed(re.split(r"[_:]+", metric)):
        bare = _WINDOW.sub("", word)
        if bare in _WORDS:
            return _WORDS[bare]
    return ""


def in_unit(quantity: Quantity, unit: str, *, stated: bool, metric: str) -> float | tuple[str, str]:
    """The bare number to compare with, or (message, hint) when the units do not fit.

    `stated` says that the spec gave `unit:` itself, so that the metric's name no longer decides.
    """
    number, suffix, text = quantity
    if not suffix:
        return number
    if suffix == "%":
        if unit == "percent":
            if stated:
                return number
            return (
                f"`{text}` of a metric that counts in percent is ambiguous",
                f"`{metric}` goes from 0 to 100: write `value: {number:g}`, or say `unit: percent`",
            )
        if unit in ("", "ratio"):
            return round(number / 100, 12)
        return (f"`{text}` is a share, but `{metric}` is in {unit}", "compare it with a value in that unit")
    if suffix in _TIME:
        if unit == "seconds":
            return round(number * _TIME[suffix], 12)
        if unit == "milliseconds":
            return round(number * _TIME[suffix] * 1000, 9)
        kind = "a time"
    else:
        if unit == "bytes":
            return number * _BYTES[suffix]
        kind = "a size"
    if unit:
        return (f"`{text}` is {kind}, but `{metric}` is in {unit}", "compare it with a value in that unit")
    return (
        f"`{text}` is {kind}, but the name `{metric}` does not say its unit",
        f"say `unit: {'bytes' if kind == 'a size' else 'seconds'}`, or write a bare number",
    )
