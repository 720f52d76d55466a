"""Signals as promtool writes series: a selector, and values run by run (`0.99+0x8 1.01+0x3 stale _x4`).

A run `a+bxN` is `a` and N more values, each `b` above the one before. `_xN` stands for N missing samples,
`stale` for the first one after a value.
"""

import math
from collections.abc import Iterator
from decimal import ROUND_CEILING, Context, Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from monitorgen.model.behaviour import Signal
from monitorgen.model.rule_tests import InputSeries
from monitorgen.promql.pieces import series_text

__all__ = ["series"]


def series(signal: Signal, step: float, phases: tuple[int, ...]) -> InputSeries:
    """The series of a signal: `phases` samples quiet, firing and quiet again, `step` seconds apart.

    With more than three of them there are as many parts of firing; a signal that says nothing of the later
    ones goes on as in the first.
    """
    labels = [(name, value) for name, value in sorted(signal.labels.items()) if value]
    firing = (signal.firing, *signal.more)
    firing += (signal.firing,) * (len(phases) - 2 - len(firing))
    values = _values((signal.quiet, *firing, signal.quiet), phases, step if signal.slope else None)
    return InputSeries(series_text(signal.metric, labels), values)


# Services of one kind have the same thresholds, and so the same values in their tests.
@lru_cache(maxsize=4096)
def _values(levels: tuple[float | None, ...], phases: tuple[int, ...], step: float | None) -> str:
    """The runs of all phases; with `step` the numbers are slopes."""
    runs = [
        (level, sum(count for _, count in equal))
        for level, equal in groupby(zip(levels, phases, strict=True), itemgetter(0))
    ]
    return " ".join(_levels(runs) if step is None else _slopes(runs, step))


def _levels(runs: list[tuple[float | None, int]]) -> Iterator[str]:
    for number, (level, count) in enumerate(runs):
        if level is None and number:
            # As Prometheus marks it when a scrape lacks the series; else its last value would stay a while.
            yield "stale" if count == 1 else f"stale _x{count - 1}"
        elif level is None:
            yield f"_x{count}"
        else:
            yield _number(level) if count == 1 else f"{_number(level)}+0x{count - 1}"


def _slopes(runs: list[tuple[float | None, int]], step: float) -> Iterator[str]:
    """Each run goes on where the one before ended: for a counter any step down would be a reset."""
    # Six digits are exact enough for values one part in a hundred apart, and can be read.
    steps = [(float(f"{(slope or 0.0) * step:.6g}"), count) for slope, count in runs]
    value = _floor(steps)
    for number, (rise, count) in enumerate(steps):
        if number:
            value = _readable(value, value + rise)
        sign, size = ("-", -rise) if rise < 0 else ("+", rise)
        yield f"{_number(value)}{sign}{_number(size)}x{count - 1}" if count > 1 else _number(value)
        for _ in range(count - 1):
            value += rise  # one by one, since promtool adds them up with the same rounding


def _readable(last: float, following: float) -> float:
    """`following` without the dust of many additions, but never below `last` if it was not before."""
    rounded = float(f"{following:.10g}")
    if last <= following and rounded < last:
        return float(Decimal(following).normalize(Context(prec=10, rounding=ROUND_CEILING)))
    return rounded


def _floor(steps: list[tuple[float, int]]) -> float:
    """Where to start so that no value is below zero: what is measured seldom is."""
    lowest = value = 0.0
    for number, (rise, count) in enumerate(steps):
        value += rise * (count if number else count - 1)
        lowest = min(lowest, value)
    if not lowest:
        return 0.0
    digit = 10.0 ** math.floor(math.log10(-lowest))
    return math.ceil(-lowest / digit) * digit


def _number(value: float) -> str:
    """`value` without an exponent, which promtool's notation does not have; every digit is kept."""
    return format(Decimal(repr(value)), "f").removesuffix(".0")
