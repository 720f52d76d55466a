"""The figures of reports, by alerts whose times are known."""

from typing import Any

import pytest

from monitorgen_exporters.receiver.episodes import rows
from monitorgen_exporters.receiver.episodes.model import Episode
from tests.support.receiver_api import Api, alert

_DAY = "2026-11-20"


def at(time: str) -> str:
    """That time of the day, as the tables have it."""
    return f"{_DAY}T{time}:00.000000Z"


class History:
    """Writes alerts as they could have been."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._count = 0

    def alert(
        self,
        opened: str,
        ended: str | None = None,
        *,
        name: str = "WebDown",
        team: str = "core",
        by: str = "alertmanager",
        acknowledged: tuple[str, ...] = (),
        commented: bool = False,
        reopened: int = 0,
        tenant: str = "",
    ) -> None:
        self._count += 1
        episode = Episode(
            id=f"01900000-0000-7000-8000-{self._count:012d}",
            incident=f"{name}-{tenant}",
            starts_at=at(opened),
            tenant=tenant,
            source="eu1",
            alertname=name,
            service="web",
            team=team,
            severity="critical",
            environment="",
            labels="{}",
            annotations="{}",
            generator_url="",
            status="firing",
            stages="[]",
            opened_at=at(opened),
            seen_at=at(opened),
            ended_at=at(ended) if ended else None,
            ended_by=by if ended else None,
            reopened=reopened,
        )
        episode.settle()
        with self._api.service.database.write() as work:
            for time in acknowledged:
                work.now = at(time)
                work.event(episode, "acknowledged", "user:ann", {})
            if commented:
                work.event(episode, "commented", "user:ann", {})
            work.event(episode, "silenced", "system:alertmanager", {})
            rows.add(work.store, [episode])


@pytest.fixture
def history(api: Api) -> History:
    return History(api)


def figures(api: Api, by: str = "summary", since: str = "00:00", until: str = "23:59") -> Any:
    return api.get(f"/api/v1/reports/{by}?since={at(since)}&until={at(until)}")["groups"]


def test_nothing_happened(api: Api) -> None:
    (found,) = figures(api)
    assert found == {
        "group": "",
        "alerts": 0,
        "open": 0,
        "acknowledged": 0,
        "resolved": 0,
        "vanished": 0,
        "mtta_seconds": None,
        "mttr_seconds": None,
        "untouched": 0,
        "noise": None,
        "flaps": 0,
        "flapping": None,
    }
    assert figures(api, "team") == []


def test_means_are_over_those_it_happened_to(api: Api, history: History) -> None:
    # Acknowledged twice: the first time counts.
    history.alert("01:00", "02:00", name="A", acknowledged=("01:10", "01:50"))
    history.alert("03:00", "03:30", name="B", acknowledged=("03:20",))
    history.alert("04:00", "10:00", name="C", by="absence")
    history.alert("05:00", name="D")
    (found,) = figures(api)
    assert (found["alerts"], found["open"], found["vanished"]) == (4, 1, 1)
    assert (found["acknowledged"], found["mtta_seconds"]) == (2, (10 + 20) / 2 * 60)
    assert (found["resolved"], found["mttr_seconds"]) == (2, (60 + 30) / 2 * 60)


def test_noise_is_what_asked_for_nobody(api: Api, history: History) -> None:
    history.alert("01:00", "02:00", name="A", acknowledged=("01:10",))
    history.alert("01:00", "02:00", name="B", commented=True)
    history.alert("01:00", "02:00", name="C")
    history.alert("01:00", "02:00", name="D", by="absence")
    history.alert("01:00", name="E")
    (found,) = figures(api)
    assert (found["untouched"], found["noise"]) == (2, 0.5)


def test_flaps_follow_shortly_on_an_end_of_the_same_alert(api: Api, history: History) -> None:
    history.alert("01:00", "01:10", name="A")
    history.alert("02:10", "02:20", name="A")  # an hour later: a flap
    history.alert("03:21", "03:30", name="A")  # more than an hour later
    history.alert("03:40", "03:50", name="B")  # another alert
    history.alert("03:45", name="A", tenant="acme")  # of another tenant
    (found,) = figures(api)
    assert (found["flaps"], found["flapping"]) == (1, 0.2)


def test_to_be_open_again_is_a_flap(api: Api, history: History) -> None:
    history.alert("01:00", "02:00", reopened=3)
    (found,) = figures(api)
    assert (found["flaps"], found["flapping"]) == (3, 0.75)


def test_a_period_has_what_was_opened_in_it(api: Api, history: History) -> None:
    history.alert("01:00", "01:50", name="A")
    history.alert("02:00", "05:00", name="A")  # flaps, after one that was before the period
    history.alert("03:00", name="B")
    (found,) = figures(api, since="02:00", until="03:00")
    assert (found["alerts"], found["flaps"], found["mttr_seconds"]) == (1, 1, 3 * 3600)


def test_groups(api: Api, history: History) -> None:
    history.alert("01:00", "01:30", name="A", team="core")
    history.alert("01:00", "02:30", name="B", team="")
    history.alert("01:00", name="B", team="core", tenant="acme")
    assert [(each["group"], each["alerts"]) for each in figures(api, "team")] == [("", 1), ("core", 2)]
    assert [(each["group"], each["alerts"]) for each in figures(api, "alert")] == [("A", 1), ("B", 2)]
    assert [(each["group"], each["alerts"]) for each in figures(api, "tenant")] == [("", 2), ("acme", 1)]
    assert [each["group"] for each in figures(api, "service")] == ["web"]
    assert [each["group"] for each in figures(api, "severity")] == ["critical"]


def test_many_alerts_are_counted_page_by_page(
    api: Api, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitorgen_exporters.receiver.queries.statistics._PAGE", 2)
    for minute in range(5):
        history.alert(f"01:{minute * 10}0"[:5], f"01:{minute}5", acknowledged=(f"01:{minute}1",))
    (found,) = figures(api)
    assert (found["alerts"], found["flaps"], found["mtta_seconds"]) == (5, 4, 60)


def test_for_a_spreadsheet(api: Api, history: History) -> None:
    history.alert("01:00", "01:30", acknowledged=("01:01",))
    place = f"/api/v1/reports/team?since={at('00:00')}&until={at('23:59')}&format=csv"
    lines = api.ask("GET", place).text.split("\r\n")
    assert lines[0].startswith('"group","alerts","open"')
    assert lines[1] == '"core","1","0","1","1","0","60.0","1800.0","0","0.0","0","0.0"'


def test_of_what_was_really_delivered(api: Api) -> None:
    api.deliver(alert("A", team="core"))
    (open_now,) = api.get("/api/v1/alerts")["alerts"]
    api.ask("POST", f"/api/v1/alerts/{open_now['id']}/acknowledge", json={"why": "x"})
    api.deliver(alert("A", "resolved", team="core"))
    (found,) = api.get("/api/v1/reports/team?since=1h")["groups"]
    assert (found["group"], found["alerts"], found["acknowledged"], found["resolved"]) == ("core", 1, 1, 1)
    assert found["mtta_seconds"] <= found["mttr_seconds"]
