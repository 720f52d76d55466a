"""A runner killed by SIGKILL at every moment: nothing is lost, and nothing that must not be is done twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.receiver.effects import command, outbox
from monitorgen_exporters.receiver.effects.kind import Refusal
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.effects import all_effects, recorded
from tests.support.episodes import Desk, receiver_settings
from tests.support.outbox_killed import MOMENTS, Forks, forks
from tests.support.sinks import WebhookSink, webhook_sink

SH = "/bin/sh"
ENDED = {"done", "failed", "unknown", "skipped", "cancelled"}


@pytest.fixture(scope="module")
def killed() -> Iterator[Forks]:
    """Where runners are run and killed."""
    with forks() as running:
        yield running


@dataclass
class Scene:
    """An outbox, and a world in which what it brings about is counted."""

    desk: Desk
    said: dict[str, Any]
    sink: WebhookSink
    done: Path
    episode: Episode

    def job(self, **more: Any) -> dict[str, Any]:
        """A job for `Forks`."""
        return {"url": self.desk.url, "settings": self.said, **more}

    def plan(self, name: str, key: str | None = None) -> None:
        """Plans what is called so."""
        settings = self.desk.settings
        with self.desk.database.write() as work:
            if name in settings.notifications:
                assert outbox.plan(
                    work,
                    key=key or name,
                    kind="http",
                    name=name,
                    episode=self.episode,
                    target="",
                    request={"event": {"name": name}},
                )
            else:
                planned = command.plan(settings.actions[name], self.episode.label_map)
                assert not isinstance(planned, Refusal)
                assert outbox.plan(
                    work,
                    key=key or name,
                    kind="command",
                    name=name,
                    episode=self.episode,
                    target=key or planned.target,
                    request=planned.request,
                )

    def times(self, name: str) -> int:
        """How often it was done."""
        posts = sum(post.path == f"/{name}" for post in list(self.sink.posted))
        return posts + self.done.read_text().splitlines().count(name)

    def keys(self, name: str) -> Counter[str]:
        """How often it was posted, by the key that tells the other side of a copy."""
        return Counter(
            post.headers["idempotency-key"] for post in list(self.sink.posted) if post.path == f"/{name}"
        )


@pytest.fixture
def scene(log_url: str, tmp_path: Path) -> Iterator[Scene]:
    """One way of telling and three of doing, by what may be done twice and what can be found out."""
    done = tmp_path / "done"
    done.write_text("")
    with ExitStack() as stack:
        sink = stack.enter_context(webhook_sink())

        def action(name: str, **more: Any) -> dict[str, Any]:
            return {
                "command": [SH, "-c", f"echo {name} >> {done}"],
                "match": {"alertname": "nothing-fires-this"},
                "cooldown": "0s",
                "concurrency": 4,
                "rate": {"per": "1h", "at_most": 1000},
                "stop_after": 1000,
                **more,
            }

        def hook(name: str, **more: Any) -> dict[str, Any]:
            return {"url": f"{sink.url}/{name}", "events": [], "timeout": "60s", **more}

        said = {
            "sources": {"eu1": {"token": {"env": "EU1"}}},
            "notifications": {
                "hook": hook("hook", throttle={"per": "1m", "at_most": 1000}),
                "page": hook("page", idempotent=False),
                "pager": hook("pager"),
            },
            "actions": {
                "restart": action("restart"),
                "flush": action("flush", idempotent=True),
                "drain": action("drain", verify={"command": ["/bin/grep", "-qx", "drain", str(done)]}),
            },
            "unknown_notify": ["pager"],
        }
        desk = Desk(log_url, receiver_settings(**said), clock=now)  # type: ignore[arg-type]
        desk.clock = _RealClock()  # type: ignore[assignment]
        stack.enter_context(desk)
        yield Scene(desk, said, sink, done, desk.opened())


class _RealClock:
    """The time; it goes by itself."""

    def __call__(self) -> str:
        return now()

    def go(self, seconds: float) -> None:
        """It does not."""


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


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", EXPECTED)
def test_killed_at_each_step(killed: Forks, scene: Scene, name: str, moment: str) -> None:
    scene.plan(name)
    assert killed.run(scene.job(at=moment)) == -9
    assert killed.run(scene.job()) == 0
    times, state = EXPECTED[name][moment]
    assert (scene.times(name), all_effects(scene.desk)[name].state) == (times, state)
    if name in ("hook", "page"):
        assert len(scene.keys(name)) <= 1
    assert scene.times("pager") == (state == "unknown")
    states = [data["state"] for data in recorded(scene.desk)]
    assert states == ([state, "done"] if state == "unknown" else [state])


def check_whole(scene: Scene) -> None:
    """Nothing is lost, nothing was done twice that must not be, and each end is an event, once."""
    found = all_effects(scene.desk)
    assert {each.state for each in found.values()} <= {"done", "unknown"}
    for key, each in found.items():
        if each.name in ("restart", "page", "drain"):
            times = scene.keys(each.name)[each.id] if each.name == "page" else scene.times(each.name)
            assert times <= 1, key
            assert times == 1 or each.state == "unknown", key
        elif each.name in ("hook", "pager"):
            assert scene.keys(each.name)[each.id] >= 1, key
        assert each.state == "done" or each.name in ("restart", "page"), key
        assert each.name != "page" or len(scene.keys("page")) <= 1
    assert sum(each.name == "pager" for each in found.values()) == sum(
        each.state == "unknown" for each in found.values()
    )
    ends = Counter(data["effect"] for data in recorded(scene.desk))
    assert ends == Counter(each.id for each in found.values())


@pytest.mark.parametrize("part", range(4))
def test_killed_at_every_moment_that_the_database_sees(killed: Forks, scene: Scene, part: int) -> None:
    """Before each statement that writes, before and after each commit, and around each attempt.

    Every fourth of them, so that the parts can be run beside each other.
    """
    kills, nth = 0, 1 + part
    while True:
        for name in EXPECTED:
            scene.plan(name, f"{name}:{nth}")
        code = killed.run(scene.job(nth=nth))
        assert code in (0, -9)
        assert killed.run(scene.job()) == 0
        check_whole(scene)
        if code == 0:
            break
        kills += 1
        nth += 4
        _forget(scene)
    assert kills > 5


def _forget(scene: Scene) -> None:
    """Begins anew."""
    scene.sink.posted.clear()
    scene.done.write_text("")
    with scene.desk.database.write() as work:
        work.store.execute("DELETE FROM receiver_effect")
        work.store.execute("DELETE FROM receiver_event WHERE type = 'effect'")
