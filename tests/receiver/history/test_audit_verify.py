"""`monitorgen audit verify` on a receiver's database: a change of an alert without its record is found."""

from pathlib import Path

import pytest

from monitorgen_exporters.audit.keyfile import generate
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.trust import Trust, TrustedKey
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.report import Report
from monitorgen_exporters.audit.verify.verifier import verify
from monitorgen_exporters.receiver.episodes.lifecycle import acknowledge
from tests.support.episodes import BEGAN, Desk, alert

_MEANWHILE = "2026-11-21T10:04:00Z"


@pytest.fixture
def url(log_url: str) -> str:
    with Desk(log_url) as desk:
        episode = desk.opened()
        with desk.database.write() as work:
            acknowledge(work, episode.id, "user:ann", "on it", None, longest=None)
        desk.deliver(alert(starts=BEGAN, ends=_MEANWHILE), after=300)
        desk.opened("Low")
        assert [type for type, _, _ in desk.events()] == ["opened", "acknowledged", "resolved", "opened"]
    return log_url


def report(url: str, folder: Path) -> Report:
    key = generate(folder / "other.key", "acme/audit/test")
    return verify(url, Trust("acme/audit/test/1", (TrustedKey(key.verifier),)))


def change(url: str, sql: str) -> None:
    with open_store(url) as store:
        assert store.execute(sql) == 1


def test_each_change_has_its_record(url: str, tmp_path: Path) -> None:
    assert Kind.HISTORY not in report(url, tmp_path).findings.counts


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "INSERT INTO receiver_event (seq, episode, tenant, ts, type, actor, data, record) "
            "SELECT 9, episode, tenant, ts, 'closed', 'user:eve', '{}', 'made-up' FROM receiver_event "
            "WHERE seq = 4",
            "event 9 (`closed` of the alert ",
        ),
        ("UPDATE receiver_event SET type = 'closed' WHERE seq = 3", "says another thing"),
        (
            "UPDATE receiver_event SET record = (SELECT record FROM receiver_event WHERE seq = 1) "
            "WHERE seq = 4",
            "says another thing",
        ),
        ("UPDATE receiver_event SET episode = 'another' WHERE seq = 2", "says another thing"),
    ],
)
def test_a_change_without_its_record_is_found(url: str, tmp_path: Path, sql: str, said: str) -> None:
    change(url, sql)
    findings = report(url, tmp_path).findings
    assert findings.counts[Kind.HISTORY] == 1
    (found,) = (each for each in findings if each.kind is Kind.HISTORY)
    assert said in found.message
