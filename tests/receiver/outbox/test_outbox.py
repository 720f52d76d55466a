"""Effects are planned once, and what people do with them is an event of their alert."""

import pytest

from monitorgen_exporters.receiver.effects import outbox, reading
from monitorgen_exporters.receiver.effects.outbox import EffectNotFound, EffectRefused
from monitorgen_exporters.receiver.effects.reading import EffectFilter
from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.effects import all_effects, effect, plan, recorded
from tests.support.episodes import Desk, alert


def test_the_same_key_is_planned_once(desk: Desk, episode: Episode) -> None:
    assert plan(desk, "a", episode, target="web-1")
    before = effect(desk, "a")
    desk.clock.go(60)
    assert not plan(desk, "a", episode, target="web-2")
    assert effect(desk, "a") == before
    assert (before.state, before.attempts, before.target) == ("planned", 0, "web-1")
    assert before.request == {"event": {"key": "a"}}
    assert recorded(desk) == []


def test_nothing_is_planned_by_a_transaction_that_fails(desk: Desk, episode: Episode) -> None:
    def fail() -> None:
        with desk.database.write() as work:
            outbox.plan(work, key="a", kind="http", name="hook", episode=episode, target="", request={})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert all_effects(desk) == {}


def test_what_waits_for_an_episode_is_cancelled_by_kind(desk: Desk, episode: Episode) -> None:
    other = desk.opened("Other")
    plan(desk, "command", episode, kind="command", name="restart")
    plan(desk, "http", episode)
    plan(desk, "other", other, kind="command", name="restart")
    with desk.database.write() as work:
        found = rows.get(work.store, episode.id)
        assert found is not None
        assert outbox.cancel(work, found, ["command"], "the alert ended") == 1
        rows.save(work.store, found)
    assert {key: each.state for key, each in all_effects(desk).items()} == {
        "command": "cancelled",
        "http": "planned",
        "other": "planned",
    }
    assert recorded(desk) == [
        {
            "effect": effect(desk, "command").id,
            "name": "restart",
            "kind": "command",
            "state": "cancelled",
            "why": "the alert ended",
        }
    ]
    assert desk.get(episode.id).changed == max(seq for (seq,) in desk.query("SELECT seq FROM receiver_event"))


def test_a_command_that_waits_is_cancelled_when_its_alert_ends(desk: Desk, episode: Episode) -> None:
    plan(desk, "command", episode, kind="command", name="restart")
    desk.deliver(alert(ends="2026-11-21T10:00:30Z"))
    assert effect(desk, "command").state == "cancelled"
    assert desk.types(episode.id) == ["opened", "resolved", "effect"]


def test_a_person_cancels_what_waits(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    with desk.database.write() as work:
        outbox.cancel_one(work, effect(desk, "a").id, "user:ann", "wrong channel", tenant="acme")
    assert (effect(desk, "a").state, effect(desk, "a").why) == ("cancelled", "wrong channel")
    assert [(type, actor) for type, actor, _ in desk.events(episode.id)][-1] == ("effect", "user:ann")
    with pytest.raises(EffectRefused, match="does not wait"), desk.database.write() as work:
        outbox.cancel_one(work, effect(desk, "a").id, "user:ann")


def test_a_person_has_tried_again_what_was_not_done(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    with pytest.raises(EffectRefused, match="anyway"), desk.database.write() as work:
        outbox.retry(work, effect(desk, "a").id, "user:ann")
    with desk.database.write() as work:
        outbox.cancel_one(work, effect(desk, "a").id, "user:ann")
    desk.clock.go(3600)
    with desk.database.write() as work:
        outbox.retry(work, effect(desk, "a").id, "user:bob")
    found = effect(desk, "a")
    assert (found.state, found.next_at) == ("planned", desk.clock.now)
    assert found.result["retried_by"] == "user:bob"
    assert [data["state"] for data in recorded(desk)] == ["cancelled", "planned"]


def test_another_tenants_effect_is_not_there(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    id = effect(desk, "a").id
    for act in (outbox.retry, outbox.cancel_one):
        with pytest.raises(EffectNotFound), desk.database.write() as work:
            act(work, id, "user:eve", tenant="evil")
        with pytest.raises(EffectNotFound), desk.database.write() as work:
            act(work, "nothing", "user:eve")
    with desk.database.read() as store:
        assert reading.get(store, id, tenant="evil") is None
        assert reading.get(store, id, tenant="acme") == reading.get(store, id) == effect(desk, "a")
    assert effect(desk, "a").state == "planned"


def test_effects_are_listed_in_pages_from_the_newest(desk: Desk, episode: Episode) -> None:
    for number in range(7):
        plan(desk, f"{number}", episode, target=f"web-{number % 2}")
    seen: list[str] = []
    after = ""
    with desk.database.read() as store:
        while page := reading.effects(store, EffectFilter(tenant="acme"), limit=3, after=after):
            seen += [each.key for each in page]
            after = page[-1].id
        assert seen == ["6", "5", "4", "3", "2", "1", "0"]
        odd = EffectFilter(kind="http", name="hook", state="planned", episode=episode.id, target="web-1")
        assert [each.key for each in reading.effects(store, odd, limit=9)] == ["5", "3", "1"]
        assert not reading.effects(store, EffectFilter(tenant="evil"), limit=9)


def test_what_waits_is_counted_with_its_lateness(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    plan(desk, "later", episode, kind="command", name="restart", next_at="2026-11-21T12:00:00.000000Z")
    desk.clock.go(90)
    plan(desk, "b", episode)
    with desk.database.read() as store:
        found = reading.waiting(store, desk.clock.now)
    assert [(each.kind, each.name, each.count, each.oldest_due) for each in found] == [
        ("command", "restart", 1, 0.0),
        ("http", "hook", 2, 90.0),
    ]


def test_an_effect_outlives_its_episode_as_a_record(desk: Desk, episode: Episode) -> None:
    plan(desk, "a", episode)
    with desk.database.write() as work:
        work.store.execute("DELETE FROM receiver_episode WHERE id = ?", [episode.id])
    with desk.database.write() as work:
        outbox.cancel_one(work, effect(desk, "a").id, "user:ann")
    assert desk.types(episode.id) == ["opened"]
    assert desk.query("SELECT COUNT(*) FROM audit_record WHERE type = 'alert.effect'") == [(1,)]
