"""A runner killed by SIGKILL at every moment: nothing is lost, and nothing that must not be is done twice."""

import pytest

from tests.support.effect_scene import NAMES, Scene
from tests.support.effects import all_effects, recorded
from tests.support.outbox_killed import MOMENTS, Forks

# What the world has seen in the end, and the state, for each moment at which a runner was killed.
ONCE = dict.fromkeys(MOMENTS, (1, "done"))
EXPECTED: dict[str, dict[str, tuple[int, str]]] = {
    # Sent again with the same key: the other side knows it.
    "hook": {**ONCE, "act": (2, "done"), "finish, not committed": (2, "done")},
    "flush": {**ONCE, "act": (2, "done"), "finish, not committed": (2, "done")},
    # Never again; and that it was not even begun, nobody can know.
    "page": {**ONCE, "start": (0, "unknown"), "act": (1, "unknown"), "finish, not committed": (1, "unknown")},
    "restart": {
        **ONCE,
        "start": (0, "unknown"),
        "act": (1, "unknown"),
        "finish, not committed": (1, "unknown"),
    },
    # What can be asked whether it was done is done once.
    "drain": ONCE,
}

# With PostgreSQL half of the moments, of those before something and of those after it.
PARTS = [*(("sqlite", part) for part in range(4)), *(("postgres", part) for part in (0, 3))]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", EXPECTED)
def test_killed_at_each_step(killed: Forks, scene: Scene, name: str, moment: str) -> None:
    scene.plan(name)
    assert killed.run(scene.job(at=moment)) == -9
    assert killed.run(scene.job()) == 0
    found = all_effects(scene.desk)
    effect = found[f"{name} 0"]
    times, state = EXPECTED[name][moment]
    assert (scene.times(effect), effect.state) == (times, state)
    told = [scene.times(each) for each in found.values() if each.name == "pager"]
    assert told == ([1] if state == "unknown" else [])
    states = [data["state"] for data in recorded(scene.desk)]
    assert states == ([state, "done"] if state == "unknown" else [state])


@pytest.mark.parametrize(("log_url", "part"), PARTS, indirect=["log_url"])
def test_killed_at_every_moment_that_the_database_sees(killed: Forks, scene: Scene, part: int) -> None:
    """Before each statement that writes, before and after each commit, and around each attempt.

    Every fourth of them, so that the parts can be run beside each other.
    """
    kills, nth = 0, 1 + part
    while True:
        for name in NAMES:
            scene.plan(name, nth)
        code = killed.run(scene.job(nth=nth))
        assert code in (0, -9)
        assert killed.run(scene.job()) == 0
        scene.check_whole()
        if code == 0:
            break
        kills += 1
        nth += 4
        scene.forget()
    assert kills > 5
