"""Two receivers with one database: they share the work, and one goes on when the other is killed."""

from pathlib import Path

import pytest

from tests.support.effect_scene import NAMES, scene
from tests.support.outbox_killed import Forks, forks


@pytest.mark.parametrize("nth", [2, 11, 30, 67, 120])
def test_one_of_two_is_killed(killed: Forks, postgres_url: str, tmp_path: Path, nth: int) -> None:
    stop = tmp_path / "stop"
    with scene(postgres_url, tmp_path) as there, forks() as others:
        for number in range(8):
            for name in NAMES:
                there.plan(name, number)
        others.begin(there.job(lease=2.0, stop=str(stop)))
        assert killed.run(there.job(lease=2.0, nth=nth)) in (0, -9)
        # Started again, it knows that it was killed, and need not wait for its leases to end.
        assert killed.run(there.job(lease=2.0)) == 0
        stop.touch()
        assert others.result() == 0
        there.check_whole()
