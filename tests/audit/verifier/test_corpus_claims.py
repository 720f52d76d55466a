"""Prunings, erasures and restores: done honestly they are no fault, done dishonestly they are found."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitorgen_exporters.audit.declared import (
    LOG_PRUNED,
    LOG_RESTORED,
    RECORD_ERASED,
    Erased,
    Pruned,
    Restored,
)
from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.erasure import erase, values_of_records
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.issuing import Signer
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import new_record
from monitorgen_exporters.audit.restore import restore
from monitorgen_exporters.audit.retention import Anchored, plan, prune
from monitorgen_exporters.audit.store import Store, open_store
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.report import Verdict
from monitorgen_exporters.audit.verify.verifier import verify
from tests.audit.verifier.logs import KEY, ORIGIN, FakeAnchor, Log, first, sighting

OLD = "2020-01-01T00:00:00.000000Z"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer((KEY,), Guard(tmp_path / "guard"))


@pytest.fixture
def log(log_url: str, signer: Signer) -> Log:
    """600 old records and some new ones, of which two hold personal values, made by the library itself."""
    began = new_record("log.created", "system:test", "log:main", ts=OLD)
    with AuditLog.create(log_url, origin=ORIGIN, signer=signer, first=began, background=False) as made:
        made.append_many(
            new_entry(type="alert.firing", actor="system:test", subject="alert:High", ts=OLD)
            for _ in range(600)
        )
        for name in ("ann", "bob"):
            made.append(
                type="user.login",
                actor="system:test",
                subject="user:1",
                personal={"name": name, "mail": f"{name}@example.org"},
            )
        made.checkpoint()
    return Log(log_url)


@contextmanager
def opened(log: Log, signer: Signer) -> Iterator[tuple[AuditLog, Store]]:
    with AuditLog.open(log.url, signer=signer, background=False) as open_, open_store(log.url) as store:
        yield open_, store


def pruned(log: Log, signer: Signer, archive: Path | None = None) -> Pruned:
    anchored = Anchored(log.checkpoint(), log.note(603))
    with opened(log, signer) as (open_, store):
        planned = plan(store, 86400.0, datetime.now(UTC), anchored)
        said = prune(open_, store, planned, keep=86400.0, archive=archive, operator="user:ann")
        open_.checkpoint()
    return said


def say(log: Log, signer: Signer, type_: str, data: object) -> None:
    with AuditLog.open(log.url, signer=signer, background=False) as open_:
        open_.declare([new_entry(type=type_, actor="user:mallory", subject="log:x", data=data)])  # type: ignore[arg-type]
        open_.checkpoint()


def personal_ids(log: Log) -> list[str]:
    with open_store(log.url) as store:
        return [id_ for (id_,) in store.query("SELECT DISTINCT id FROM audit_personal ORDER BY id")]


def test_intact(log: Log, signer: Signer) -> None:
    report = log.verify(guard=signer.guard)
    assert (list(report.findings), report.warnings, report.size) == ([], [], 603)
    assert report.declared == {"log.created": 1}


def test_an_honest_pruning(log: Log, signer: Signer, tmp_path: Path) -> None:
    said = pruned(log, signer, tmp_path / "archive")
    for hashes_only in (False, True):
        report = log.verify(guard=signer.guard, hashes_only=hashes_only)
        assert (list(report.findings), report.warnings) == ([], [])
        (one,) = report.prunings
        assert (one.start, one.end, one.declared, one.archive) == (1, 512, 603, said.archive)
        assert (report.size, report.hashed) == (604, 93)
    assert log.verify(anchors=[FakeAnchor([sighting(log.checkpoint())])]).verdict is Verdict.ANCHORED


@pytest.mark.parametrize("position", [0, 1, 255, 256, 511, 600, 602])
def test_a_body_deleted(log: Log, position: int) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET body = NULL WHERE pos = ?", [position])
    for hashes_only in (False, True):
        assert first(log.verify(hashes_only=hashes_only)) == (Kind.PRUNED, position)


def test_more_deleted_than_declared(log: Log, signer: Signer) -> None:
    pruned(log, signer)
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET body = NULL WHERE pos >= 512 AND pos < 520")
    assert first(log.verify()) == (Kind.PRUNED, 512)
    assert log.verify().findings.counts[Kind.PRUNED] == 1


def test_columns_left_or_forged_in_a_pruned_row(log: Log, signer: Signer) -> None:
    pruned(log, signer)
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET actor = 'user:innocent' WHERE pos = 77")
    assert first(log.verify()) == (Kind.COLUMN, 77)


def test_a_leaf_changed_in_a_pruned_row(log: Log, signer: Signer) -> None:
    pruned(log, signer)
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET leaf = ? WHERE pos = 77", [bytes(32)])
    assert first(log.verify())[1] == 77


def test_a_body_put_back_into_a_pruned_row(log: Log, signer: Signer) -> None:
    pruned(log, signer)
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET body = ? WHERE pos = 77", [b"{}"])
    assert first(log.verify()) == (Kind.BODY, 77)


def test_a_declared_pruning_that_cannot_be(log: Log, signer: Signer) -> None:
    said = pruned(log, signer)
    for change in (
        {"hashes": (bytes(32).hex(),)},
        {"checkpoint_root": bytes(32).hex()},
        {"to_pos": 10_000},
        {"from_pos": 512},
        {"checkpoint_size": 256},
    ):
        say(log, signer, LOG_PRUNED, replace(said, **change).data())
    report = log.verify()
    assert report.findings.counts == {Kind.PRUNE_FALSE: 5}
    assert first(report) == (Kind.PRUNE_FALSE, 604)


def test_a_declaration_of_another_shape_declares_nothing(log: Log, signer: Signer) -> None:
    say(log, signer, LOG_PRUNED, {"from_pos": "all"})
    report = log.verify()
    assert (list(report.findings), len(report.warnings)) == ([], 1)


def test_a_pruning_that_no_checkpoint_covers_yet(log: Log, signer: Signer) -> None:
    pruned(log, signer)
    newest = log.checkpoint()
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size = 604")
    report = log.verify(anchors=[FakeAnchor([sighting(newest)])])
    assert (list(report.findings), report.verdict, len(report.warnings)) == ([], Verdict.UNANCHORED, 1)


@pytest.mark.parametrize("hashes_only", [False, True])
def test_pruned_while_it_is_verified(log: Log, signer: Signer, hashes_only: bool) -> None:
    """The record that declares it comes after what the verifier set out to read."""
    begun: list[object] = []

    def prune_at_first(*_: int) -> None:
        if not begun:
            begun.append(pruned(log, signer))

    options = Options(processes=1, hashes_only=hashes_only)
    report = verify(log.url, log.trust, options=options, progress=prune_at_first)
    assert (list(report.findings), report.size) == ([], 603)
    assert [one.declared for one in report.prunings] == [603]
    assert report.verdict is Verdict.UNANCHORED


@pytest.mark.parametrize("said", [256, -1, 10_000])
def test_a_state_that_skips_what_retention_looks_at(log: Log, said: int) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_state SET first_body = ?", [said])
    assert first(log.verify())[0] is Kind.STATE


def test_an_honest_erasure(log: Log, signer: Signer) -> None:
    ann, bob = personal_ids(log)
    with opened(log, signer) as (open_, store):
        erase(open_, store, values_of_records(store, [ann], ["name"]), reason="asked", operator="user:ann")
        erase(open_, store, values_of_records(store, [bob]), reason="asked", operator="user:ann")
        open_.checkpoint()
    report = log.verify(guard=signer.guard)
    assert (list(report.findings), report.warnings, report.erased_fields) == ([], [], 3)
    assert [(one.position, one.fields, one.declared) for one in report.erasures] == [
        (601, ("name",), 603),
        (602, ("mail", "name"), 604),
    ]


def test_a_value_deleted_without_a_word(log: Log) -> None:
    with log.attacked() as store:
        store.execute("DELETE FROM audit_personal WHERE field = 'mail'")
    report = log.verify()
    assert first(report) == (Kind.ERASED, 601)
    assert report.findings.counts == {Kind.ERASED: 2}
    assert not log.verify(hashes_only=True).findings


@pytest.mark.parametrize(("column", "value"), [("value", b'"eve"'), ("salt", bytes(32)), ("salt", b"")])
def test_a_value_changed(log: Log, column: str, value: bytes) -> None:
    with log.attacked() as store:
        store.execute(f"UPDATE audit_personal SET {column} = ? WHERE id = ?", [value, personal_ids(log)[1]])  # noqa: S608
    assert first(log.verify()) == (Kind.OPENING, 602)


def test_a_value_that_no_record_commits_to(log: Log) -> None:
    with log.attacked() as store:
        ((id_,),) = store.query("SELECT id FROM audit_record WHERE pos = 5")
        store.insert("audit_personal", [(id_, "name", bytes(32), b'"eve"')])
    assert first(log.verify()) == (Kind.STRAY, 5)
    with log.attacked() as store:
        store.execute("UPDATE audit_personal SET id = 'nobody' WHERE id = ?", [id_])
    assert first(log.verify())[0] is Kind.STRAY


def test_an_erasure_declared_of_another_field_or_before_the_record(log: Log, signer: Signer) -> None:
    ann, _ = personal_ids(log)
    say(log, signer, RECORD_ERASED, Erased(ann, ("phone",), "asked").data())
    with log.attacked() as store:
        store.execute("DELETE FROM audit_personal WHERE id = ? AND field = 'name'", [ann])
    assert first(log.verify()) == (Kind.ERASED, 601)


def test_an_erased_value_that_came_back(log: Log, signer: Signer) -> None:
    """As after a restore of a copy that was made before."""
    ann, _ = personal_ids(log)
    with open_store(log.url) as store:
        rows = store.query("SELECT id, field, salt, value FROM audit_personal WHERE id = ?", [ann])
    with opened(log, signer) as (open_, store):
        erase(open_, store, values_of_records(store, [ann]), reason="asked", operator="user:ann")
        open_.checkpoint()
    with log.attacked() as store:
        store.insert("audit_personal", rows)
    report = log.verify()
    assert not report.findings
    assert [warning for warning in report.warnings if "erase it again" in warning]


def test_personal_values_of_records_still_in_the_intake_are_no_strays(log: Log) -> None:
    with log.attacked() as store:
        store.insert("audit_intake", [("01a1fe92-3543-73e1-97f5-4171304df5d2", OLD, b"{}")])
        store.insert("audit_personal", [("01a1fe92-3543-73e1-97f5-4171304df5d2", "name", bytes(32), b'"x"')])
    report = log.verify()
    assert not report.findings
    assert (report.intake_records, report.intake_oldest) == (1, OLD)
    assert report.intake_age_seconds is not None
    assert report.intake_age_seconds > 86400 * 365


def test_an_honest_restore(log: Log, signer: Signer) -> None:
    """The copy ends at 603; the log had grown to 605 when it was lost."""
    bodies, notes = log.bodies(), log.note(603)
    log.append(2)
    with AuditLog.open(log.url, signer=signer, background=False) as open_:
        open_.checkpoint()
    lost = log.checkpoint()
    log.rewrite(bodies)
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size > 603")
    assert log.verify(guard=signer.guard).first is not None
    made = restore(log.url, signer, lost, operator="user:ann", reason="disk")
    log.trust = replace(log.trust, origin=made.origin)
    anchor = FakeAnchor([sighting(replace(lost, size=603, root=_root(notes))), sighting(lost)])
    report = log.verify(guard=signer.guard, anchors=[anchor])
    assert (list(report.findings), report.warnings) == ([], [])
    (one,) = report.restores
    assert (one.position, one.origin, one.size, one.known_size) == (603, ORIGIN, 603, 605)
    more = FakeAnchor([sighting(replace(lost, size=700))])
    assert [warning for warning in log.verify(anchors=[more]).warnings if "more was lost" in warning]


def _root(note: bytes) -> bytes:
    return base64.b64decode(note.split(b"\n")[2])


def test_a_new_incarnation_that_no_record_declares(log: Log) -> None:
    log.trust = replace(log.trust, origin="example.org/audit/main/2")
    with log.attacked() as store:
        store.execute("UPDATE audit_state SET origin = 'example.org/audit/main/2'")
    log.origin = "example.org/audit/main/2"
    log.append(1)
    log.seal()
    assert first(log.verify())[0] is Kind.ORIGIN


def test_a_restore_of_another_history(log: Log) -> None:
    log.trust = replace(log.trust, origin="example.org/audit/main/2")
    said = Restored(ORIGIN, 603, bytes(32).hex())
    with log.attacked() as store:
        store.execute("UPDATE audit_state SET origin = 'example.org/audit/main/2'")
    log.origin = "example.org/audit/main/2"
    log.append(1, type=LOG_RESTORED, data=said.data())
    log.seal()
    assert Kind.RESTORED in log.verify().findings.counts


def test_restored_and_the_past_rewritten(log: Log, signer: Signer) -> None:
    """Checkpoints of the incarnation before still count."""
    bodies = log.bodies()
    made = restore(log.url, signer, log.checkpoint(), operator="user:ann", reason="disk", even_if_whole=True)
    log.trust, log.origin = replace(log.trust, origin=made.origin), made.origin
    assert not log.verify().findings
    log.rewrite([*bodies[:3], *bodies[4:], bodies[3], *log.bodies()[603:]])
    assert Kind.ROOT in log.verify().findings.counts
