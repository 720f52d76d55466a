"""A world in which what an outbox brings about is counted, and an outbox with every way of doing it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from monitorgen_exporters.audit.stamps import now
from monitorgen_exporters.receiver.effects import command, outbox
from monitorgen_exporters.receiver.effects.kind import Effect, Refusal
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.effects import all_effects, recorded
from tests.support.episodes import Desk, receiver_settings
from tests.support.sinks import WebhookSink, webhook_sink

__all__ = ["NAMES", "RealClock", "Scene", "scene"]

NAMES: Final = ("hook", "page", "restart", "flush", "drain")
"""What a scene can have done: a notification that may be sent twice, and one that may not; an action that may
not be run twice, one that may, and one that can be asked whether it was."""


class RealClock:
    """The time, for a desk; it goes by itself."""

    def __call__(self) -> str:
        return now()

    def go(self, seconds: float) -> None:
        """It does not."""


@dataclass
class Scene:
    """An outbox, and a world in which what it brings about is counted."""

    desk: Desk
    said: dict[str, Any]
    sink: WebhookSink
    done: Path
    episodes: dict[int, Episode] = field(default_factory=dict)

    def job(self, **more: Any) -> dict[str, Any]:
        """A job for `Forks`."""
        return {"url": self.desk.url, "settings": self.said, **more}

    def plan(self, name: str, number: int = 0) -> None:
        """Plans what is called so for the alert of that number, with the key `NAME NUMBER`."""
        if number not in self.episodes:
            self.episodes[number] = self.desk.opened(f"Alert{number}", number=f"{number}")
        settings, episode = self.desk.settings, self.episodes[number]
        kind, target = "http", ""
        request: dict[str, Any] = {"event": {"name": name}}
        if name in settings.actions:
            planned = command.plan(settings.actions[name], episode.label_map)
            assert not isinstance(planned, Refusal)
            kind, target, request = "command", planned.target, dict(planned.request)
        with self.desk.database.write() as work:
            assert outbox.plan(
                work,
                key=f"{name} {number}",
                kind=kind,
                name=name,
                episode=episode,
                target=target,
                request=request,
            )

    def times(self, effect: Effect) -> int:
        """How often it was done."""
        posted = [post.headers["idempotency-key"] for post in list(self.sink.posted)]
        return posted.count(effect.id) + self.done.read_text().splitlines().count(effect.key)

    def check_whole(self) -> None:
        """Nothing is lost, nothing was done twice that must not be, and each end is an event, once.

        Nothing is unknown either but what nobody could know, and people were told of each such effect.
        """
        found = all_effects(self.desk)
        for key, each in found.items():
            times = self.times(each)
            if each.name in ("restart", "page"):
                assert (times, each.state) in ((1, "done"), (0, "unknown"), (1, "unknown")), key
            elif each.name == "drain":
                assert (times, each.state) == (1, "done"), key
            else:
                assert times >= 1, key
                assert each.state == "done", key
        unknown = sum(each.state == "unknown" for each in found.values())
        assert sum(each.name == "pager" for each in found.values()) == unknown
        posted = {post.headers["idempotency-key"] for post in list(self.sink.posted)}
        assert posted <= {each.id for each in found.values()}
        ends = Counter(data["effect"] for data in recorded(self.desk))
        assert ends == Counter(each.id for each in found.values())

    def forget(self) -> None:
        """Begins anew."""
        self.sink.posted.clear()
        self.done.write_text("")
        with self.desk.database.write() as work:
            work.store.execute("DELETE FROM receiver_effect")
            work.store.execute("DELETE FROM receiver_event WHERE type = 'effect'")


@contextmanager
def scene(url: str, folder: Path) -> Iterator[Scene]:
    """A scene whose outbox is at `url`."""
    done = folder / "done"
    done.write_text("")
    with webhook_sink() as sink:

        def action(name: str, **more: Any) -> dict[str, Any]:
            return {
                "command": ["/bin/sh", "-c", f'echo "{name} $1" >> {done}', "sh", "${number}"],
                "parameters": {"number": {"label": "number", "pattern": "[0-9]{1,6}"}},
                "target": "${number}",
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
                "drain": action(
                    "drain", verify={"command": ["/bin/grep", "-qx", "drain ${number}", str(done)]}
                ),
            },
            "unknown_notify": ["pager"],
        }
        with Desk(url, receiver_settings(**said), clock=RealClock()) as desk:  # type: ignore[arg-type]
            yield Scene(desk, said, sink, done)
