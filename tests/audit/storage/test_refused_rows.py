"""A row that the database will not have as a record holds up none behind it, and is told of."""

import pytest

from monitorgen_exporters.audit.intake import append_to, waiting
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import Record, new_record
from monitorgen_exporters.audit.store import Store, StoreError, open_store
from monitorgen_exporters.audit.store.errors import Full
from tests.support.whole_log import check_whole

ORIGIN = "example.org/audit/test/1"


def record(number: int) -> Record:
    return new_record("a.b", "a:b", f"n:{number}")


def refuse(store: Store, subject: str) -> None:
    """Has the database refuse records with this subject, as a rule of its operator's own might."""
    if store.dialect == "sqlite":
        store.execute(
            "CREATE TRIGGER own BEFORE INSERT ON audit_record "
            f"WHEN NEW.subject LIKE '{subject}' BEGIN SELECT RAISE(ABORT, 'not here'); END"
        )
    else:
        store.execute(
            f"ALTER TABLE audit_record ADD CONSTRAINT own CHECK (subject NOT LIKE '{subject}') NOT VALID"
        )


def test_a_row_that_is_refused(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN, background=False) as log:
        with open_store(log_url) as store:
            refuse(store, "n:3")
            append_to(store, [record(number) for number in range(6)])
        log.tend()
        assert log.status().waiting == 0
        with open_store(log_url, readonly=True) as store:
            found = store.query("SELECT type, subject FROM audit_record ORDER BY pos")
    assert found[1:] == [
        ("a.b", "n:0"),
        ("a.b", "n:1"),
        ("a.b", "n:2"),
        ("log.refused", "intake:row"),
        ("a.b", "n:4"),
        ("a.b", "n:5"),
    ]
    check_whole(log_url)


def test_a_database_that_refuses_everything_loses_nothing(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN, background=False) as log:
        with open_store(log_url) as store:
            refuse(store, "%")
            ids = append_to(store, [record(number) for number in range(3)])
            with pytest.raises(StoreError):
                log.tend()
            assert waiting(store).count == 3
            on = "" if store.dialect == "sqlite" else "ALTER TABLE audit_record "
            store.execute(f"{on}DROP {'TRIGGER' if store.dialect == 'sqlite' else 'CONSTRAINT'} own")
        log.tend()
    assert check_whole(log_url)[1:] == ids


def test_a_full_disk_is_no_fault_of_a_row(log_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog.create(log_url, origin=ORIGIN, background=False)
    with open_store(log_url) as store:
        ids = append_to(store, [record(1)])

    def full(*_: object) -> None:
        raise Full("no room")

    with monkeypatch.context() as patch:
        patch.setattr(type(log._writer._store), "insert", full)
        with pytest.raises(Full):
            log.tend()
    log.tend()
    log.close()
    assert check_whole(log_url)[1:] == ids


def test_a_log_has_its_first_record_or_is_none(log_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What making a log is interrupted by leaves no log without a first record."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("monitorgen_exporters.audit.log.begin", interrupted)
        with pytest.raises(KeyboardInterrupt):
            AuditLog.create(log_url, origin=ORIGIN)
    with pytest.raises(StoreError, match="without an audit log"):
        AuditLog.open(log_url)
    AuditLog.create(log_url, origin=ORIGIN).close()
    assert len(check_whole(log_url)) == 1
