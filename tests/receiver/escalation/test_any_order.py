"""Deliveries, people, timers and the API in any order: what holds of the database after each of them."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen_exporters.receiver.episodes import lifecycle, rows, transitions
from monitorgen_exporters.receiver.episodes.lifecycle import Refused
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.escalation.policy import waits
from monitorgen_exporters.receiver.escalation.running import Timers
from monitorgen_exporters.receiver.escalation.timers import WAITING
from monitorgen_exporters.receiver.escalation.watchdog import without_timer
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import Desk, alert, receiver_settings
from tests.support.postgres import Cluster

HOOK = {"url": "https://hook.acme.example/x"}
COMMAND = {"command": ["/bin/true"], "match": {"service": "web"}}
SETTINGS = receiver_settings(
    acknowledgement={
        "timeout": "10m",
        "reminder": "5m",
        "reminders": 2,
        "max": "1h",
        "notify": ["lead"],
        "severities": ["critical"],
    },
    notifications={"lead": {**HOOK, "events": []}, "all": HOOK},
    actions={"first": {**COMMAND, "on": "opened"}, "last": {**COMMAND, "on": "resolved"}},
)
POLICY = SETTINGS.acknowledgement

Step: TypeAlias = Callable[[Desk], None]

NAMES = st.sampled_from(["High", "High", "Full"])
SECONDS = st.sampled_from([0, 1, 61, 301])
LONG = st.sampled_from([61, 301, 600, 601, 3601, 90000])


def firing(name: str, stage: str, severity: str, began: int) -> Step:
    def step(desk: Desk) -> None:
        labels = {"escalation_stage": stage} if stage else {}
        starts = later(desk.clock.now, -began)
        desk.deliver(alert(name, starts=starts, severity=severity, **labels), after=0)

    return step


def resolved(name: str, stage: str, severity: str, ago: int) -> Step:
    def step(desk: Desk) -> None:
        labels = {"escalation_stage": stage} if stage else {}
        ends = later(desk.clock.now, -ago)
        desk.deliver(alert(name, starts=later(ends, -60), ends=ends, severity=severity, **labels), after=0)

    return step


def time_passes(seconds: int, *, timers: bool) -> Step:
    def step(desk: Desk) -> None:
        desk.clock.go(seconds)
        if timers:
            Timers(desk.database, POLICY).round()

    return step


def clock_set_back(seconds: int) -> Step:
    def step(desk: Desk) -> None:
        desk.clock.go(-seconds)
        Timers(desk.database, POLICY).round()

    return step


def person(what: str, who: str, which: int, seconds: int) -> Step:
    def step(desk: Desk) -> None:
        found = desk.query("SELECT id FROM receiver_episode ORDER BY id")
        if not found:
            return
        id = str(found[which % len(found)][0])
        until = later(desk.clock.now, seconds)
        with suppress(Refused), desk.database.write() as work:
            if what == "acknowledge":
                longest = POLICY.max
                lifecycle.acknowledge(work, id, who, "on it", until if which % 2 else None, longest=longest)
            elif what == "unacknowledge":
                lifecycle.unacknowledge(work, id, who)
            elif what == "suppress":
                lifecycle.suppress(work, id, who, "known", until)
            elif what == "unsuppress":
                lifecycle.unsuppress(work, id, who)
            elif what == "close":
                lifecycle.close(work, id, who, "mended")
            else:
                lifecycle.comment(work, id, who, "hm")

    return step


def vanishes(name: str) -> Step:
    def step(desk: Desk) -> None:
        with desk.database.write() as work:
            for (id,) in work.store.query(
                "SELECT id FROM receiver_episode WHERE ended_at IS NULL AND alertname = ?", [name]
            ):
                episode = rows.get(work.store, id)
                assert episode is not None
                transitions.vanished(work, episode, "not shown any more")
                rows.save(work.store, episode)

    return step


STAGES = st.sampled_from(["", "", "1"])
SEVERITIES = st.sampled_from([*["critical"] * 5, "low"])
DOINGS = ["acknowledge", "unacknowledge", "suppress", "unsuppress", "close", "comment"]
FIRING = st.builds(firing, NAMES, STAGES, SEVERITIES, SECONDS)
TIMERS = st.builds(time_passes, LONG, timers=st.just(True))
PEOPLE = st.builds(
    person, st.sampled_from(DOINGS), st.sampled_from(["user:ann", "user:bob"]), st.integers(0, 5), LONG
)
# Those that stand here twice come twice as often: what runs out takes several of them in a row.
STEPS = st.one_of(
    FIRING,
    FIRING,
    PEOPLE,
    PEOPLE,
    TIMERS,
    TIMERS,
    st.builds(resolved, NAMES, STAGES, SEVERITIES, SECONDS),
    st.builds(time_passes, SECONDS, timers=st.booleans()),
    st.builds(clock_set_back, SECONDS),
    st.builds(vanishes, NAMES),
)
RUNS = st.lists(STEPS, min_size=10, max_size=40)


def check(desk: Desk) -> None:
    """Everything that holds whatever has happened."""
    with desk.database.read() as store:
        sql = f"SELECT {rows.COLUMNS} FROM receiver_episode"  # noqa: S608 - our own words
        found = [rows.episode_of(row) for row in store.query(sql)]
        assert without_timer(store, POLICY, 10) == []
    timers: dict[str, dict[str, str]] = {episode.id: {} for episode in found}
    for id, kind, at in desk.query("SELECT episode, kind, next_at FROM receiver_timer"):
        timers[id][kind] = at
    newest = dict(desk.query("SELECT episode, MAX(seq) FROM receiver_event GROUP BY episode"))
    for episode in found:
        settled = copy(episode)
        settled.settle()
        assert episode.status == settled.status
        assert (episode.ended_at is None) == (episode.ended_by is None)
        assert episode.is_open or not episode.doubt
        assert episode.changed == newest[episode.id]
        check_timers(episode, timers[episode.id])
    incidents = [episode.incident for episode in found if episode.is_open]
    assert len(incidents) == len(set(incidents))
    check_history(desk)


def check_timers(episode: Episode, timers: dict[str, str]) -> None:
    if not episode.is_open:
        assert timers == {}
        return
    assert timers.get("acknowledgement") == episode.acknowledged_until
    assert timers.get("suppression") == episode.suppressed_until
    waiting = [kind for kind in WAITING if kind in timers]
    assert len(waiting) == int(waits(episode, POLICY))


def check_history(desk: Desk) -> None:
    history: list[tuple[Any, ...]] = desk.query(
        "SELECT seq, record, type, actor, episode FROM receiver_event ORDER BY seq"
    )
    assert [seq for seq, *_ in history] == list(range(1, len(history) + 1))
    records = desk.query("SELECT id, type, actor, incident FROM audit_record WHERE type <> 'log.created'")
    assert sorted(records) == sorted(
        (record, f"alert.{type}", actor, episode) for _, record, type, actor, episode in history
    )
    actions = desk.query("SELECT episode, name FROM receiver_effect WHERE kind = 'command'")
    assert len(actions) == len(set(actions))


def play(url: str, steps: list[Step]) -> None:
    with Desk(url, SETTINGS) as desk:
        for step in steps:
            step(desk)
            check(desk)


@settings(max_examples=80)
@given(RUNS)
def test_on_sqlite(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(f"sqlite:///{Path(folder) / 'log.db'}", steps)


@settings(max_examples=20)
@given(steps=RUNS)
def test_on_postgresql(postgres: Cluster, steps: list[Step]) -> None:
    play(postgres.database(), steps)
