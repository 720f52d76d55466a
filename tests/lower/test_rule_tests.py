"""Timelines of rule tests: when what is expected, and the series that bring it about."""

import re
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitorgen.lower.rule_tests import alert_test, example_test
from monitorgen.lower.series import series
from monitorgen.model.behaviour import Behaviour, Signal
from monitorgen.model.rule_tests import AlertTest, Expectation, InputSeries
from monitorgen.vocabulary.conditions.base import Example

LABELS = {"alertname": "busy", "service": "checkout"}
GAUGE = Signal("jobs", {"service": "checkout", "gone": ""}, 5.0, 6.0)
RATE = Signal("jobs_total", {}, 0.0, 0.5, slope=True)


def times(test: AlertTest) -> list[tuple[float, bool]]:
    return [(expected.at, expected.fires) for expected in test.expectations]


def test_an_alert_without_delays_is_tested_on_both_sides_of_the_change() -> None:
    test = alert_test(LABELS, Behaviour((GAUGE,)), for_=0, keep=0, interval=30, origin=("a",))
    assert test.labels == LABELS
    assert test.origin == ("a",)
    assert test.interval == 30
    assert test.series == (InputSeries('jobs{service="checkout"}', "5+0x1 6 5"),)
    assert times(test) == [(30, False), (60, True), (90, False)]


def test_for_and_cooldown_are_waited_out_to_the_last_evaluation() -> None:
    test = alert_test(LABELS, Behaviour((GAUGE,)), for_=60, keep=90, interval=30, origin=())
    assert times(test) == [(30, False), (90, False), (120, True), (210, True), (240, False)]
    assert test.series[0].values == "5+0x1 6+0x2 5+0x3"


def test_evaluations_have_a_rhythm_of_their_own() -> None:
    test = alert_test(
        LABELS, Behaviour((GAUGE,)), for_=70, keep=0, interval=10, evaluation_interval=60, origin=()
    )
    assert all(at % 60 == 0 for at, _ in times(test))
    assert times(test) == [(60, False), (180, False), (240, True), (300, False)]


def test_windows_are_filled_first_and_their_bounds_believed() -> None:
    slow = Behaviour((RATE,), warm_up=300, rise_min=60, rise_max=120, fall_min=30, fall_max=90)
    test = alert_test(LABELS, slow, for_=0, keep=0, interval=30, origin=())
    assert times(test) == [(270, False), (330, False), (420, True), (540, False)]


def test_a_behaviour_may_ask_for_sparser_samples() -> None:
    sparse = Behaviour((GAUGE,), step=600)
    test = alert_test(LABELS, sparse, for_=0, keep=0, interval=30, evaluation_interval=30, origin=())
    assert test.interval == 600
    assert times(test) == [(570, False), (600, True), (1200, False)]


def test_each_reason_to_fire_takes_over_from_the_one_before() -> None:
    failing = Signal("success", {}, 1.0, 0.0, more=(None,))
    unasked = Signal("up", {}, 1.0, 1.0, more=(0.0,))
    both = Behaviour((failing, unasked, Signal("stray", {}, 0.0, 0.0)))
    test = alert_test(LABELS, both, for_=60, keep=90, interval=30, origin=())
    # From 150 s on there is no `success`; at 240 s not even the cooldown of the first reason is left.
    assert [one.values for one in test.series] == [
        "1+0x1 0+0x2 stale _x3 1+0x3",
        "1+0x4 0+0x3 1+0x3",
        "0+0x12",
    ]
    assert times(test) == [(30, False), (90, False), (120, True), (240, True), (330, True), (360, False)]


def test_an_example_is_taken_as_it_is() -> None:
    given_series = (InputSeries("up", "0 1"),)
    example = Example(given_series, Expectation(30.0, True, "it says so"))
    test = example_test(LABELS, example, interval=30.0, origin=())
    assert (test.series, test.expectations, test.interval) == (given_series, (example.expectation,), 30.0)


def expanded(values: str) -> Iterator[float | None]:
    """The samples of promtool's notation, added up one by one as promtool does."""
    for run in values.split():
        if run == "stale":
            yield None
            continue
        if missing := re.fullmatch(r"_x(\d+)", run):
            yield from [None] * int(missing[1])
            continue
        found = re.fullmatch(r"(-?[\d.]+)(?:([+-])([\d.]+)x(\d+))?", run)
        assert found, run
        value = float(found[1])
        yield value
        step = float(f"{found[2] or '+'}{found[3] or 0}")
        for _ in range(int(found[4] or 0)):
            value += step
            yield value


levels = st.none() | st.floats(-1e300, 1e300)
counts = st.tuples(*[st.integers(1, 50)] * 3)


@given(levels, levels, counts)
def test_levels_come_back_to_the_last_digit(
    quiet: float | None, firing: float | None, phases: tuple[int, int, int]
) -> None:
    written = series(Signal("x", {}, quiet, firing), 30.0, phases)
    wanted = [quiet] * phases[0] + [firing] * phases[1] + [quiet] * phases[2]
    assert list(expanded(written.values)) == wanted


rises = st.floats(0, 1e12).filter(lambda rise: rise == 0 or rise > 1e-9)


@given(rises, rises, counts, st.sampled_from([0.007, 15.0, 30.0, 3600.0]))
def test_counters_never_step_down(
    quiet: float, firing: float, phases: tuple[int, int, int], step: float
) -> None:
    """A step down, even by the last digit, would be a reset, and a reset a burst of events."""
    written = series(Signal("x_total", {}, quiet, firing, slope=True), step, phases)
    values = [value for value in expanded(written.values) if value is not None]
    assert len(values) == sum(phases)
    assert values[0] >= 0
    assert all(after >= before for before, after in pairwise(values))


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), counts)
def test_gauges_on_a_slope_move_by_it_and_stay_above_zero(
    quiet: float, firing: float, phases: tuple[int, int, int]
) -> None:
    written = series(Signal("x", {}, quiet, firing, slope=True), 30.0, phases)
    values = [value for value in expanded(written.values) if value is not None]
    largest = max(map(abs, values))
    assert min(values) >= -1e-9 * largest
    slopes = [quiet] * (phases[0] - 1) + [firing] * phases[1] + [quiet] * phases[2]
    for slope, (before, after) in zip(slopes, pairwise(values), strict=True):
        assert abs((after - before) - slope * 30) <= 1e-5 * abs(slope * 30) + 1e-8 * largest
