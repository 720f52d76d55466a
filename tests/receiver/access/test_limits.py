"""How much one credential may ask: by a clock that is set."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.receiver.access.limits import RateLimit


@dataclass
class Clock:
    moment: float = 1000.0

    def __call__(self) -> float:
        return self.moment


def test_a_minutes_worth_at_once_and_then_one_by_one() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    assert [limit.wait("ann") for _ in range(60)] == [0.0] * 60
    assert limit.wait("ann") == pytest.approx(1.0)
    clock.moment += 0.5
    assert limit.wait("ann") == pytest.approx(0.5)
    clock.moment += 0.5
    assert limit.wait("ann") == 0.0
    assert limit.wait("ann") > 0


def test_who_waits_as_long_as_told_is_let_in() -> None:
    clock = Clock()
    limit = RateLimit(7, clock=clock)
    for _ in range(100):
        clock.moment += limit.wait("ann") + 1e-6
        assert limit.wait("ann") >= 0
    assert clock.moment > 1000


def test_each_has_a_bucket_of_their_own() -> None:
    limit = RateLimit(1, clock=Clock())
    assert limit.wait("ann") == limit.wait("bob") == 0.0
    assert limit.wait("ann") > 0


def test_a_bucket_never_holds_more_than_a_minutes_worth() -> None:
    clock = Clock()
    limit = RateLimit(2, clock=clock)
    limit.wait("ann")
    clock.moment += 3600
    assert [limit.wait("ann") == 0.0 for _ in range(3)] == [True, True, False]


def test_its_memory_is_bounded_and_the_idle_are_forgotten_first() -> None:
    clock = Clock()
    limit = RateLimit(1, most=100, clock=clock)
    assert limit.wait("greedy") == 0.0
    for number in range(1000):
        assert limit.wait(f"user{number}") == 0.0
        assert limit.wait("greedy") > 0
    assert len(limit) == 100


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 600))
def test_never_more_than_the_rate_and_one_bucket(pauses: list[float], per_minute: int) -> None:
    clock = Clock()
    limit = RateLimit(per_minute, clock=clock)
    begun = clock.moment
    let_in = 0
    for pause in pauses:
        clock.moment += pause
        let_in += limit.wait("ann") == 0.0
    assert let_in <= per_minute + (clock.moment - begun) * per_minute / 60 + 1e-6
