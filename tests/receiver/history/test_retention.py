"""What is too old goes, with all that belongs to it; everything else stays, and so does the audit log."""

from monitorgen.vocabulary.receiver import ReceiverRetention
from monitorgen_exporters.receiver.alertmanager import silences
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher
from monitorgen_exporters.receiver.episodes.lifecycle import acknowledge
from monitorgen_exporters.receiver.retention import Retention
from tests.support.episodes import Desk, alert
from tests.support.whole_log import check_whole

DAY = 86400.0
KEPT = ReceiverRetention.model_validate({"deliveries": "2d", "episodes": "10d"})
TABLES = ("episode", "event", "timer", "effect", "silence", "delivery")


def counts(desk: Desk) -> dict[str, int]:
    return {table: desk.query(f"SELECT COUNT(*) FROM receiver_{table}")[0][0] for table in TABLES}  # noqa: S608


def test_what_is_too_old_goes(log_url: str) -> None:
    with Desk(log_url) as desk:
        old = desk.opened("Old")
        still = desk.opened("Open")
        with desk.database.write() as work:
            acknowledge(work, old.id, "user:ann", "on it", None, longest=None)
            acknowledge(work, still.id, "user:ann", "on it", None, longest=None)
            silences.want_these(
                work, "eu1", (Matcher("alertname", "Old", False, True),), "", "mine", "user:ann"
            )
            work.store.execute("UPDATE receiver_silence SET state = 'ended' WHERE episode = ''")
        desk.deliver(alert("Old", ends="2026-11-21T11:00:00Z"), after=3600)
        retention = Retention(desk.database, KEPT)
        before = counts(desk)
        records = len(check_whole(log_url))
        assert retention.round() == 0
        assert counts(desk) == before
        desk.clock.go(3 * DAY)
        assert retention.round() == 3  # deliveries
        assert counts(desk) == before | {"delivery": 0}
        desk.clock.go(8 * DAY)
        assert retention.round() == 2  # an episode, and a silence of a person's own
        assert retention.round() == 0
        assert [row[0] for row in desk.query("SELECT alertname FROM receiver_episode")] == ["Open"]
        assert {row[0] for row in desk.query("SELECT episode FROM receiver_event")} == {still.id}
        assert desk.query("SELECT COUNT(*) FROM receiver_silence WHERE episode = ''") == [(0,)]
        assert len(check_whole(log_url)) == records


def test_more_than_go_at_once(log_url: str) -> None:
    with Desk(log_url) as desk:
        desk.deliver(*(alert("High", instance=str(number)) for number in range(1203)))
        desk.deliver(
            *(alert("High", instance=str(number), ends="2026-11-21T11:00:00Z") for number in range(1203)),
            after=3600,
        )
        desk.clock.go(11 * DAY)
        assert Retention(desk.database, KEPT).round() == 1203 + 2
        assert counts(desk) == dict.fromkeys(TABLES, 0)
