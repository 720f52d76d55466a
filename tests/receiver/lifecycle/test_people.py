"""What people do with an episode: its row, its history and its audit records; and what they may not do."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from monitorgen_exporters.receiver.episodes import lifecycle
from monitorgen_exporters.receiver.episodes.lifecycle import Changed, NotFound, Refused
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.moments import later
from tests.support.episodes import Desk, alert, receiver_settings

ANN, BOB = "user:ann", "user:bob"


def acknowledge(
    desk: Desk, id: str, actor: str = ANN, why: str = "on it", until: str | None = None, **more: Any
) -> Episode:
    with desk.database.write() as work:
        return lifecycle.acknowledge(work, id, actor, why, until, **{"longest": None, **more})


def act(desk: Desk, what: Callable[..., Episode], id: str, *said: Any, **more: Any) -> Episode:
    with desk.database.write() as work:
        return what(work, id, *said, **more)


def in_an_hour(desk: Desk) -> str:
    return later(desk.clock.now, 3600)


def test_each_change_is_a_row_an_event_and_an_audit_record(desk: Desk) -> None:
    id = desk.opened().id
    until = in_an_hour(desk)
    assert acknowledge(desk, id, until=until).status == "acknowledged"
    assert desk.get(id).acknowledged_by == ANN
    act(desk, lifecycle.assign, id, ANN, "bob")
    act(desk, lifecycle.comment, id, BOB, "  the disk\r\nis full ")
    act(desk, lifecycle.suppress, id, BOB, "known", until)
    assert desk.get(id).status == "suppressed"
    act(desk, lifecycle.unsuppress, id, BOB)
    assert desk.get(id).status == "acknowledged"
    act(desk, lifecycle.unacknowledge, id, ANN, "going home")
    assert desk.get(id).status == "firing"
    closed = act(desk, lifecycle.close, id, BOB, "mended")
    assert (closed.status, closed.ended_by, closed.ended_at) == ("resolved", BOB, desk.clock.now)
    assert desk.get(id) == closed
    assert desk.events(id)[1:] == [
        ("acknowledged", ANN, {"why": "on it", "until": until}),
        ("assigned", ANN, {"assignee": "bob", "before": None}),
        ("commented", BOB, {"text": "the disk\nis full"}),
        ("suppressed", BOB, {"why": "known", "until": until}),
        ("unsuppressed", BOB, {}),
        ("unacknowledged", ANN, {"why": "going home"}),
        ("closed", BOB, {"why": "mended"}),
    ]
    records = desk.query("SELECT type, actor, body FROM audit_record WHERE incident = ? ORDER BY pos", id)
    assert [(type, actor) for type, actor, _ in records] == [
        (f"alert.{type}", actor) for type, actor, _ in desk.events(id)
    ]
    assert orjson.loads(records[1][2])["data"] == {
        "incident": id,
        "severity": "critical",
        "status": "acknowledged",
        "event": 2,
        "tenant": "acme",
        "service": "web",
        "why": "on it",
        "until": until,
    }


def test_saying_the_same_again_changes_nothing(desk: Desk) -> None:
    id = desk.opened().id
    until = in_an_hour(desk)

    def all_of_it() -> None:
        desk.clock.go(1)
        acknowledge(desk, id, until=until)
        act(desk, lifecycle.assign, id, ANN, "bob")
        act(desk, lifecycle.suppress, id, ANN, "known", until)

    all_of_it()
    before = desk.get(id), desk.events()
    all_of_it()
    assert (desk.get(id), desk.events()) == before
    act(desk, lifecycle.unsuppress, id, ANN)
    act(desk, lifecycle.unacknowledge, id, ANN)
    act(desk, lifecycle.close, id, ANN, "mended")
    before = desk.get(id), desk.events()
    act(desk, lifecycle.close, id, ANN, "mended")
    assert (desk.get(id), desk.events()) == before


def test_to_give_back_what_nobody_has_changes_nothing(desk: Desk) -> None:
    episode = desk.opened()
    act(desk, lifecycle.unacknowledge, episode.id, ANN)
    act(desk, lifecycle.unsuppress, episode.id, ANN)
    act(desk, lifecycle.assign, episode.id, ANN, None)
    assert desk.get(episode.id) == episode


def test_another_acknowledgement_takes_the_place_of_the_first(desk: Desk) -> None:
    id = desk.opened().id
    acknowledge(desk, id)
    assert acknowledge(desk, id, BOB).acknowledged_by == BOB
    assert acknowledge(desk, id, BOB, "still on it").acknowledged_why == "still on it"
    until = in_an_hour(desk)
    assert acknowledge(desk, id, BOB, "still on it", until).acknowledged_until == until
    assert desk.types(id) == ["opened", *["acknowledged"] * 4]


def test_an_acknowledgement_holds_no_longer_than_the_settings_say(desk: Desk) -> None:
    id = desk.opened().id
    limit = in_an_hour(desk)
    with pytest.raises(Refused, match=f"until {limit} at most"):
        acknowledge(desk, id, until=later(limit, 1), longest=3600.0)
    assert acknowledge(desk, id, longest=3600.0).acknowledged_until == limit
    desk.clock.go(60)
    assert acknowledge(desk, id, longest=3600.0).acknowledged_until == limit  # the same said again


def test_times_are_of_any_zone(desk: Desk) -> None:
    id = desk.opened().id
    episode = acknowledge(desk, id, until="2026-11-21T14:00:00+02:00")
    assert episode.acknowledged_until == "2026-11-21T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-11-21T09:59:59Z", "is over"),
        ("2026-11-21T12:00:00", "with its zone"),
        ("tomorrow", "with its zone"),
        ("", "with its zone"),
        ("0001-01-01T00:00:00+14:00", "is over"),
    ],
)
def test_a_time_that_is_none_or_over_is_refused(desk: Desk, until: str, said: str) -> None:
    id = desk.opened().id
    with pytest.raises(Refused, match=said):
        acknowledge(desk, id, until=until)
    with pytest.raises(Refused, match=said):
        act(desk, lifecycle.suppress, id, ANN, "known", until)
    assert desk.types() == ["opened"]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("", "A reason is needed"),
        (" \n ", "A reason is needed"),
        ("x" * 1001, "at most 1000 characters"),
        ("a\0b", "control characters"),
        ("a\x1b[31m", "control characters"),
        ("\ud800", "control characters"),
    ],
)
def test_a_reason_is_needed_and_readable(desk: Desk, why: str, said: str) -> None:
    id = desk.opened().id
    with pytest.raises(Refused, match=said):
        acknowledge(desk, id, why=why)
    with pytest.raises(Refused, match=said):
        act(desk, lifecycle.suppress, id, ANN, why, in_an_hour(desk))
    with pytest.raises(Refused, match=said):
        act(desk, lifecycle.close, id, ANN, why)
    assert desk.types() == ["opened"]


def test_a_name_has_one_line(desk: Desk) -> None:
    id = desk.opened().id
    for name in ("", "a\nb", "x" * 201):
        with pytest.raises(Refused):
            act(desk, lifecycle.assign, id, ANN, name)
    assert act(desk, lifecycle.assign, id, ANN, "Änne, Team 2").assignee == "Änne, Team 2"


def test_the_longest_texts_of_the_widest_characters_are_kept(desk: Desk) -> None:
    id = desk.opened().id
    text = "\U0001f525" * lifecycle.LONGEST_COMMENT
    act(desk, lifecycle.comment, id, ANN, text)
    acknowledge(desk, id, why="\U0001f525" * lifecycle.LONGEST_REASON)
    assert desk.events()[1][2] == {"text": text}


def test_what_has_ended_is_not_taken_on_but_talked_of(desk: Desk) -> None:
    id = desk.opened().id
    desk.deliver(alert(ends="2026-11-21T10:05:00Z"))
    until = in_an_hour(desk)
    asked: tuple[Callable[[], Episode], ...] = (
        lambda: acknowledge(desk, id),
        lambda: act(desk, lifecycle.unacknowledge, id, ANN),
        lambda: act(desk, lifecycle.suppress, id, ANN, "known", until),
        lambda: act(desk, lifecycle.unsuppress, id, ANN),
        lambda: act(desk, lifecycle.close, id, ANN, "mended"),
    )
    for each in asked:
        with pytest.raises(Refused, match=r"it ended at .*, and is resolved"):
            each()
    act(desk, lifecycle.comment, id, ANN, "it was the disk")
    act(desk, lifecycle.assign, id, ANN, "bob")
    assert desk.types(id) == ["opened", "resolved", "commented", "assigned"]
    assert desk.get(id).status == "resolved"


def test_who_has_not_seen_the_last_change_is_told_so(desk: Desk) -> None:
    seen = desk.opened()
    acknowledge(desk, seen.id, expected=seen.changed)
    with pytest.raises(Changed):
        act(desk, lifecycle.close, seen.id, BOB, "mended", expected=seen.changed)
    assert act(desk, lifecycle.close, seen.id, BOB, "mended", expected=seen.changed + 1).status == "resolved"


def test_a_tenant_finds_its_own_episodes_alone(desk: Desk) -> None:
    id = desk.opened().id
    for there in ("nothing", "", "\0", "ä"):
        with pytest.raises(NotFound):
            acknowledge(desk, there)
    with pytest.raises(NotFound):
        acknowledge(desk, id, tenant="other")
    with pytest.raises(NotFound):
        act(desk, lifecycle.comment, id, ANN, "hello", tenant="other", expected=-1)
    assert acknowledge(desk, id, tenant="acme").status == "acknowledged"


def test_a_persons_resolve_stands_for_a_while_and_the_alert_fires_again_after(desk: Desk) -> None:
    id = desk.opened().id
    act(desk, lifecycle.close, id, ANN, "mended")
    desk.deliver(alert())
    assert desk.get(id).status == "resolved"
    desk.deliver(alert(), after=300)
    assert desk.get(id).is_open


def test_an_acknowledgement_is_of_one_firing_and_a_suppression_of_a_time(desk: Desk) -> None:
    id = desk.opened().id
    until = in_an_hour(desk)
    acknowledge(desk, id)
    act(desk, lifecycle.suppress, id, ANN, "known", until)
    desk.deliver(alert(ends="2026-11-21T10:05:00Z"))
    desk.deliver(alert())
    again = desk.get(id)
    assert (again.status, again.acknowledged_by, again.suppressed_until) == ("suppressed", None, until)


def test_a_suppression_holds_for_the_next_firing_too(log_url: str) -> None:
    hook = {"url": "http://127.0.0.1:9/", "events": ["opened", "resolved"]}
    action = {"command": ["/bin/true"], "match": {"alertname": "High"}}
    settings = receiver_settings(notifications={"hook": hook}, actions={"mend": action})
    with Desk(log_url, settings) as desk:
        id = desk.opened().id
        until = in_an_hour(desk)
        act(desk, lifecycle.suppress, id, ANN, "known", until)
        desk.deliver(alert(ends="2026-11-21T10:05:00Z"), after=300)
        before = desk.effects()
        desk.deliver(alert(starts="2026-11-21T10:10:00Z"), after=300)
        ((next_id,),) = desk.query("SELECT id FROM receiver_episode WHERE ended_at IS NULL")
        again = desk.get(next_id)
        assert again.id != id
        assert (again.status, again.suppressed_by, again.suppressed_until) == ("suppressed", ANN, until)
        assert desk.events(again.id) == [
            ("opened", "system:alertmanager", {}),
            ("suppressed", "system:receiver", {"why": "known", "until": until, "by": ANN}),
        ]
        # Nobody hears of it, nothing is run, and the suppression runs out as it would have.
        assert desk.effects() == before
        assert desk.timers()["suppression"] == until
        act(desk, lifecycle.unsuppress, again.id, ANN)
        assert len(desk.effects()) == len(before) + 1


def test_a_suppression_that_has_run_out_holds_for_nothing(desk: Desk) -> None:
    id = desk.opened().id
    act(desk, lifecycle.suppress, id, ANN, "known", in_an_hour(desk))
    desk.deliver(alert(ends="2026-11-21T10:05:00Z"), after=300)
    desk.deliver(alert(starts="2026-11-21T11:30:00Z"), after=7200)
    ((status,),) = desk.query("SELECT status FROM receiver_episode WHERE ended_at IS NULL")
    assert status == "firing"
