"""One sequencer at a time, and none at all on a log that was changed from outside."""

import pytest

from monitorgen_exporters.audit.entry import entry_of
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import new_record
from monitorgen_exporters.audit.recovery import recover
from monitorgen_exporters.audit.sequencer import Sequencer
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.errors import Damaged
from tests.support.tampering import disarm
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


def fill(url: str, count: int) -> None:
    with AuditLog.create(url, origin=ORIGIN, background=False) as log:
        log.append_many(new_record("a.b", "a:b", f"n:{number}") for number in range(count - 1))


def test_one_store_at_a_time_is_elected(log_url: str) -> None:
    fill(log_url, 1)
    with open_store(log_url) as one, open_store(log_url) as other:
        assert one.try_sequencer()
        assert one.try_sequencer()
        assert not other.try_sequencer()
        one.close()
        assert other.try_sequencer()


def test_writers_that_were_not_elected_still_make_one_log(log_url: str) -> None:
    fill(log_url, 1)
    with open_store(log_url) as one, open_store(log_url) as other:
        writers = (Sequencer(one), Sequencer(other))
        for turn in range(6):  # each finds the position taken that it had in mind
            writers[turn % 2].append([entry_of(new_record("a.b", "a:b", f"n:{turn}"))])
    assert len(check_whole(log_url)) == 7


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 1027])
def test_the_end_is_found_from_few_rows(log_url: str, size: int) -> None:
    fill(log_url, size)
    with open_store(log_url, readonly=True) as store:
        assert recover(store).frontier.size == size
    assert len(check_whole(log_url)) == size


CHANGES = {
    "a newer record is gone": ("DELETE FROM audit_record WHERE pos = 699", "699 records|700 records"),
    "a record was added": (
        "INSERT INTO audit_record (pos, id, ts, type, actor, subject, incident, severity, leaf, chain, body) "
        "SELECT 700, 'x', ts, type, actor, subject, incident, severity, leaf, chain, body FROM audit_record "
        "WHERE pos = 5",
        "700 records",
    ),
    "a leaf after the last node was changed": (
        "UPDATE audit_record SET leaf = (SELECT leaf FROM audit_record WHERE pos = 1) WHERE pos = 690",
        "root",
    ),
    "a leaf after the last node is gone": ("DELETE FROM audit_record WHERE pos = 600", "missing"),
    "the last chain value was changed": (
        "UPDATE audit_record SET chain = leaf WHERE pos = 699",
        "chain value",
    ),
    "a node was changed": (
        "UPDATE audit_node SET hash = (SELECT leaf FROM audit_record WHERE pos = 1) WHERE level = 9",
        "root",
    ),
    "a node is gone": ("DELETE FROM audit_node WHERE level = 9", "missing"),
    "the size was changed": ("UPDATE audit_state SET size = 699", "699 records"),
    "the frontier was changed": (
        "UPDATE audit_state SET frontier = (SELECT leaf FROM audit_record WHERE pos = 1)",
        "broken",
    ),
    "the chain was changed": (
        "UPDATE audit_state SET chain = (SELECT leaf FROM audit_record WHERE pos = 1)",
        "chain",
    ),
    "the state is gone": ("DELETE FROM audit_state", "audit_state is empty"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_is_added_to_a_log_that_was_changed(log_url: str, name: str) -> None:
    fill(log_url, 700)
    change, said = CHANGES[name]
    with open_store(log_url) as store:
        disarm(store)
        assert store.execute(change)
    with pytest.raises(Damaged, match=said):
        AuditLog.open(log_url)
