"""Unit tests for alerts: from how a condition behaves, the series to feed and what must be true when.

Everything is worked out in milliseconds from the first sample on. Rules are evaluated at the multiples of
the evaluation interval and nowhere else, so every expectation stands on one of those.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from monitorgen.lower.series import series
from monitorgen.model.behaviour import Behaviour
from monitorgen.model.rule_tests import AlertTest, Expectation
from monitorgen.model.rules import Path
from monitorgen.vocabulary.conditions.base import Example

__all__ = ["alert_test", "example_test"]

_EVALUATIONS = 3000
"""promtool takes about a second for so many of one rule; a window of a month would take minutes."""

_COARSE = (300.0, 3600.0, 21_600.0, 86_400.0)
"""The intervals to evaluate long tests at: few, since promtool wants a file for each."""


def alert_test(
    labels: Mapping[str, str],
    behaviour: Behaviour,
    for_: float,
    keep: float,
    interval: float,
    origin: Path,
    evaluation_interval: float | None = None,
) -> AlertTest:
    """A test that the alert stays quiet, waits out `for_`, fires, and is quiet again after `keep`.

    `interval` is that of the samples, unless the behaviour asks for another; rules are evaluated every
    `evaluation_interval`, or as often as there are samples, but less often in a test of days and weeks. All
    times are in seconds.
    """
    usual = evaluation_interval or interval
    test = _timed(labels, behaviour, for_, keep, behaviour.step or interval, usual, origin)
    for coarse in _COARSE:
        if test.expectations[-1].at <= _EVALUATIONS * (test.evaluation_interval or usual):
            break
        if coarse > usual:
            # What looks only at the newest sample has one at every evaluation, however far apart they are.
            test = _timed(labels, behaviour, for_, keep, behaviour.step or coarse, coarse, origin)
            test = replace(test, evaluation_interval=coarse)
    return test


def _timed(
    labels: Mapping[str, str],
    behaviour: Behaviour,
    for_: float,
    keep: float,
    interval: float,
    evaluation_interval: float,
    origin: Path,
) -> AlertTest:
    phases, expected = _timing(
        behaviour.warm_up,
        (behaviour.rise_min, behaviour.rise_max),
        (behaviour.fall_min, behaviour.fall_max),
        max(len(signal.more) for signal in behaviour.signals),
        for_,
        keep,
        interval,
        evaluation_interval,
    )
    made = tuple(series(signal, interval, phases) for signal in behaviour.signals)
    return AlertTest(dict(labels), interval, made, expected, origin)


# Alerts of one kind wait and evaluate alike, and so their tests have the same times.
@lru_cache(maxsize=4096)
def _timing(
    warm_up: float,
    rise: tuple[float, float],
    fall: tuple[float, float],
    more: int,
    for_: float,
    keep: float,
    interval: float,
    evaluation_interval: float,
) -> tuple[tuple[int, ...], tuple[Expectation, ...]]:
    """How many samples each phase has, and what must be true when."""
    step, every = _milliseconds(interval), _milliseconds(evaluation_interval)
    wait, hold = _milliseconds(for_), _milliseconds(keep)
    rise_min, rise_max = map(_milliseconds, rise)
    fall_min, fall_max = map(_milliseconds, fall)
    # A window that is not yet full may look bad for a moment: let that be forgotten before it starts.
    start = _up(max(_milliseconds(warm_up) + hold if warm_up else 0, 2 * every), step)
    early = start + rise_min
    late = _up(start + rise_max, every)
    fires = _up(late + wait, every)
    turns = [start, fires // step * step + step]
    others: list[int] = []
    for _ in range(more):
        # By then nothing of the part before holds the alert, not even its cooldown.
        others.append(_up(turns[-1] + max(rise_max, fall_max) + hold, every))
        turns.append(others[-1] // step * step + step)
    back = turns[-1]
    going = _up(back + fall_min, every)
    quiet = _up(back + fall_max, every)
    silent = _up(quiet + hold, every)

    def expected() -> Iterator[Expectation]:
        yield _expect(_before(start, every), False, "nothing is wrong yet")
        if (almost := _before(early + wait, every)) >= start:
            yield _expect(almost, False, "it has not lasted long enough")
        yield _expect(fires, True, "it has lasted long enough")
        for other in others:
            yield _expect(other, True, "it has another reason, which took over")
        if hold and (kept := _before(going + hold, every)) > max(fires, *others, 0):
            yield _expect(kept, True, "it is over, but kept firing for a while")
        yield _expect(silent, False, "it is over")

    changes = [0, *turns, silent + step]
    return tuple((after - before) // step for before, after in pairwise(changes)), tuple(expected())


def example_test(labels: Mapping[str, str], example: Example, interval: float, origin: Path) -> AlertTest:
    """The test a spec brings itself: its series and its expectation.

    The values are `interval` seconds apart, unless the example says otherwise.
    """
    apart = example.interval or interval
    return AlertTest(dict(labels), apart, example.series, (example.expectation,), origin)


def _expect(at: int, fires: bool, why: str) -> Expectation:
    return Expectation(at / 1000, fires, why)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _up(time: int, interval: int) -> int:
    """The first multiple of `interval` that is not before `time`."""
    return -(-time // interval) * interval


def _before(time: int, interval: int) -> int:
    """The last multiple of `interval` before `time`."""
    return _up(time, interval) - interval
