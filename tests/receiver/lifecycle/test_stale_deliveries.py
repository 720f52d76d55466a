"""Copies of deliveries and old ones change nothing, but for a doubt that nobody hears of until it is settled.

Alertmanager sends a snapshot again, and its peers send theirs, within the flush it belongs to; none of them
has a number. So whatever has been delivered may come again, in any order, at any time within a minute.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen.vocabulary.receiver_effects import TOLD_EVENTS
from monitorgen_exporters.receiver.episodes import rows, transitions
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import BEGAN, Desk, alert, receiver_settings
from tests.support.postgres import Cluster

EVERY = [name for name in TOLD_EVENTS if name != "doubted"]
SETTINGS = receiver_settings(
    acknowledgement={"timeout": "30m", "reminder": "15m", "notify": ["hook"]},
    notifications={"hook": {"url": "https://hook.acme.example/x", "events": EVERY}},
    actions={
        "first": {"command": ["/bin/true"], "match": {"service": "web"}},
        "last": {"command": ["/bin/true"], "match": {"service": "web"}, "on": "resolved"},
    },
)

Delivery: TypeAlias = tuple[str, list[dict[str, Any]]]
"""When, and a snapshot of a group."""


@st.composite
def histories(draw: st.DrawFn) -> list[Delivery]:
    """What an Alertmanager tells: each alert fires, gathers stages and resolves, again and again.

    There are five minutes between two snapshots.
    """
    told: list[Delivery] = []
    began: dict[str, str] = {}
    stages: dict[str, list[str]] = {}
    for number in range(draw(st.integers(1, 8))):
        now = later(BEGAN, 300.0 * number)
        snapshot: list[dict[str, Any]] = []
        for name in ("High", "Full"):
            change = draw(st.sampled_from(["stays", "fires", "fires", "escalates", "resolves"]))
            if name not in began and change in ("fires", "escalates"):
                began[name], stages[name] = now, [""]
            elif name in began and change == "escalates":
                stages[name].append(str(len(stages[name])))
            ends = later(now, 1) if change == "resolves" else ""
            for stage in stages.get(name, ()):
                labels = {"escalation_stage": stage} if stage else {}
                snapshot.append(alert(name, starts=began[name], ends=ends, **labels))
            if ends:
                began.pop(name, None)
                stages.pop(name, None)
        if snapshot:
            told.append((now, snapshot))
    return told


def shown(desk: Desk) -> list[Any]:
    """Everything that anybody could notice, but for the doubts."""
    return [
        desk.query(
            "SELECT id, incident, status, stages, ended_at, reopened FROM receiver_episode ORDER BY id"
        ),
        desk.query("SELECT key, name, state, request FROM receiver_effect ORDER BY id"),
        desk.query("SELECT id, next_at, data FROM receiver_timer ORDER BY id"),
    ]


def firing(seen: list[Any]) -> set[str]:
    """The episodes that fire."""
    return {id for id, _, status, *_ in seen[0] if status == "firing"}


def again(desk: Desk, old: Sequence[Delivery]) -> None:
    """Old deliveries come once more, within a minute."""
    for _, snapshot in old:
        desk.deliver(*snapshot, after=1)


def settle_doubts(desk: Desk) -> None:
    """The API does not show what only an old delivery said to fire."""
    with desk.database.write() as work:
        for (id,) in work.store.query("SELECT id FROM receiver_episode WHERE doubt = 1"):
            episode = rows.get(work.store, id)
            assert episode is not None
            transitions.vanished(work, episode, "not shown")
            rows.save(work.store, episode)


def play(url: str, history: Sequence[Delivery], order: Sequence[int]) -> None:
    with Desk(url, SETTINGS) as desk:
        for number, (now, snapshot) in enumerate(history):
            desk.clock.now = now
            desk.deliver(*snapshot)
            before, newest = shown(desk), len(desk.events())
            again(desk, [history[index % (number + 1)] for index in order])
            after = shown(desk)
            assert after[1:] == before[1:]
            doubted = {id for (id,) in desk.query("SELECT id FROM receiver_episode WHERE doubt = 1")}
            added = desk.query("SELECT episode, type FROM receiver_event WHERE seq > ?", newest)
            assert {type for _, type in added} <= {"doubted", "stage"}
            assert {id for id, _ in added} <= doubted  # a stage of a doubt is as doubtful
            certain = [row for row in before[0] if row[0] not in doubted]
            assert [row for row in after[0] if row[0] not in doubted] == certain
            settle_doubts(desk)
            after = shown(desk)
            assert after[1:] == before[1:]
            assert firing(after) == firing(before)


ORDERS = st.lists(st.integers(0, 7), min_size=1, max_size=12)


@settings(max_examples=60)
@given(histories(), ORDERS)
def test_on_sqlite(history: list[Delivery], order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(f"sqlite:///{Path(folder) / 'log.db'}", history, order)


@settings(max_examples=15)
@given(history=histories(), order=ORDERS)
def test_on_postgresql(postgres: Cluster, history: list[Delivery], order: list[int]) -> None:
    play(postgres.database(), history, order)
