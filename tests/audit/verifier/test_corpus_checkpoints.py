"""Checkpoints forged, stale, removed or signed by the wrong key; databases rolled back or forked."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.note import (
    COSIGNATURE_V1,
    SigningKey,
    add_signatures,
    sign_note,
    signature_line,
)
from monitorgen_exporters.audit.tree import EMPTY_ROOT
from monitorgen_exporters.audit.trust import Trust, TrustedKey
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.report import Verdict
from monitorgen_exporters.audit.verify.text import lines
from tests.audit.verifier.logs import KEY, ORIGIN, FakeAnchor, Log, first, sample, sighting

OTHER = SigningKey(ORIGIN, bytes(range(1, 33)))
STRANGER = SigningKey("example.net/log", bytes(range(2, 34)))
WITNESS = SigningKey("witness.example", bytes(range(3, 35)), COSIGNATURE_V1)
SECOND = SigningKey("second.example", bytes(range(4, 36)), COSIGNATURE_V1)


@pytest.fixture
def log(log_url: str) -> Log:
    """Nine records, sealed at 3, 5 and 9."""
    return sample(log_url)


def change(log: Log, size: int, note: bytes) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_checkpoint SET note = ? WHERE size = ?", [note, size])


def test_intact(log: Log) -> None:
    report = log.verify()
    assert (list(report.findings), report.checkpoints, report.newest_checkpoint) == ([], 3, 9)
    assert report.verdict is Verdict.UNANCHORED
    assert [(key.key_id, key.first_size, key.last_size) for key in report.keys] == [
        (KEY.verifier.key_id.hex(), 3, 9)
    ]


def test_each_byte_of_a_note_flipped(sqlite_url: str) -> None:
    log = sample(sqlite_url)
    note = log.note(5)
    kinds = set()
    for at in range(len(note)):
        change(log, 5, note[:at] + bytes((note[at] ^ 1,)) + note[at + 1 :])
        kind, position = first(log.verify())
        kinds.add(kind)
        assert position == 4, at
    assert kinds == {Kind.NOTE, Kind.SIGNATURE, Kind.UNSIGNED}


@pytest.mark.parametrize("note", [b"", b"\n", b"x" * 300, b"no note" * 200_000, b"\x00\xff"])
def test_what_is_no_note(log: Log, note: bytes) -> None:
    change(log, 5, note)
    assert first(log.verify()) == (Kind.NOTE, 4)


def forged(made: Checkpoint, *keys: SigningKey) -> bytes:
    return sign_note(made.text, *keys)


@pytest.mark.parametrize(
    ("keys", "kind"), [((STRANGER,), Kind.UNSIGNED), ((OTHER,), Kind.UNSIGNED), ((WITNESS,), Kind.UNSIGNED)]
)
def test_signed_by_a_key_that_is_not_trusted(log: Log, keys: tuple[SigningKey, ...], kind: Kind) -> None:
    log.append(2)
    log.seal(*keys)
    assert first(log.verify()) == (kind, 10)


def test_a_signature_of_another_text(log: Log) -> None:
    head, _, _ = log.note(9).rpartition(b"\n\n")
    _, _, signatures = log.note(5).rpartition(b"\n\n")
    change(log, 9, head + b"\n\n" + signatures)
    assert first(log.verify()) == (Kind.SIGNATURE, 8)


def test_a_stale_note_under_a_new_size(log: Log) -> None:
    change(log, 9, log.note(5))
    assert first(log.verify()) == (Kind.NOTE, 8)


def test_another_root_signed_with_the_right_key(log: Log) -> None:
    """Who holds the key signs what is not so."""
    false = Checkpoint(ORIGIN, 7, bytes(32))
    log.put(false, forged(false, KEY))
    report = log.verify()
    found = report.first
    assert found is not None
    assert (found.kind, found.start, found.end) == (Kind.ROOT, 5, 7)


def test_the_false_empty_tree(log: Log) -> None:
    false = Checkpoint(ORIGIN, 0, bytes(32))
    log.put(false, forged(false, KEY))
    assert first(log.verify())[0] is Kind.ROOT
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size = 0")
    right = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    log.put(right, forged(right, KEY), ts="2020-01-01T00:00:00.000000Z")
    assert not log.verify().findings


def test_another_origin(log: Log) -> None:
    false = replace(log.checkpoint(), origin="example.org/audit/main/7")
    log.put(false, forged(false, KEY))
    assert first(log.verify())[0] is Kind.ORIGIN


def test_the_log_of_another_trust_file(log: Log) -> None:
    log.trust = Trust("example.org/audit/other/1", (TrustedKey(KEY.verifier),))
    assert first(log.verify())[0] is Kind.ORIGIN


def test_a_checkpoint_issued_before_a_smaller_one(log: Log) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_checkpoint SET ts = '2020-01-01T00:00:00.000000Z' WHERE size = 9")
    assert first(log.verify()) == (Kind.WENT_BACK, 5)


@pytest.mark.parametrize("ts", ["", "yesterday", "2026-13-01T00:00:00.000000Z", "2026-11-21"])
def test_a_checkpoint_without_time(log: Log, ts: str) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_checkpoint SET ts = ? WHERE size = 9", [ts])
    assert first(log.verify()) == (Kind.NOTE, 8)


def rotated(log: Log) -> None:
    """The key changes at size 9: that checkpoint bears both signatures, later ones the new alone."""
    change(log, 9, forged(log.checkpoint(), KEY, OTHER))
    log.trust = Trust(ORIGIN, (TrustedKey(KEY.verifier, 0, 9, "retired"), TrustedKey(OTHER.verifier, 9)))
    log.append(3)


def test_a_rotation(log: Log) -> None:
    rotated(log)
    log.seal(OTHER)
    report = log.verify()
    assert not report.findings
    assert [(key.first_size, key.last_size) for key in report.keys] == [(3, 9), (9, 12)]


def test_the_old_key_after_its_time(log: Log) -> None:
    rotated(log)
    log.seal(KEY)
    assert first(log.verify()) == (Kind.KEY_RANGE, 11)


def test_the_new_key_before_its_time(log: Log) -> None:
    rotated(log)
    change(log, 5, forged(Checkpoint(ORIGIN, 5, _root(log, 5)), OTHER))
    assert first(log.verify()) == (Kind.KEY_RANGE, 4)


def _root(log: Log, size: int) -> bytes:
    return base64.b64decode(log.note(size).split(b"\n")[2])


def test_what_a_compromised_key_signed_later_is_unproven(log: Log) -> None:
    log.trust = Trust(ORIGIN, (TrustedKey(KEY.verifier, 0, 5, "compromised"), TrustedKey(OTHER.verifier, 6)))
    report = log.verify()
    assert report.newest_checkpoint == 5
    assert any("compromised" in warning for warning in report.warnings)
    assert report.verdict is not Verdict.ANCHORED
    assert not report.findings
    log.append(1)
    log.seal(OTHER)
    assert log.verify().newest_checkpoint == 10


def test_no_checkpoint_at_all(log: Log) -> None:
    """A seal that is expected and absent is a failure: not every log without seals is a young one."""
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint")
    assert not log.verify().findings
    assert log.verify(seal_within=timedelta(seconds=-1)).verdict is Verdict.TAMPERED
    assert first(log.verify(seal_within=timedelta(seconds=-1))) == (Kind.SEAL, 0)


def test_a_tail_that_grew_too_long_without_a_seal(log: Log) -> None:
    log.append(1)
    assert not log.verify(seal_within=timedelta(0)).findings  # the log has not grown since
    log.append(1, id="01a1fe92-3543-73e1-97f5-4171304df5d2".replace("01a1", "0fff"))
    assert first(log.verify()) == (Kind.SEAL, 9)
    log.seal()
    assert not log.verify().findings


def rolled_back(log: Log, size: int) -> None:
    """The database as it was at that size, checkpoints and all."""
    log.rewrite(log.bodies()[:size])
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size > ?", [size])


def test_truncated_to_each_size_with_checkpoints_left(log: Log) -> None:
    bodies = log.bodies()
    for size in range(9):
        log.rewrite(bodies[:size])
        assert first(log.verify()) == (Kind.TRUNCATED, size)


def test_rolled_back_to_each_checkpoint(log: Log, tmp_path: Path) -> None:
    """Inside, nothing is wrong; the signer's memory and any anchor know better."""
    newest = log.checkpoint()
    guard = Guard(tmp_path / "guard")
    guard.begin(newest)
    anchor = FakeAnchor([sighting(newest, log.note(9))])
    assert not log.verify(guard=guard, anchors=[anchor]).findings
    for size in (5, 3):
        rolled_back(log, size)
        assert not log.verify().findings
        assert first(log.verify(guard=guard)) == (Kind.ROLLED_BACK, size)
        report = log.verify(anchors=[anchor])
        assert first(report) == (Kind.ROLLED_BACK, size)
        assert [view.verdict for view in report.anchors] == ["disagrees"]


def forked(log: Log) -> None:
    """Another history from record 4 on, sealed with the right key."""
    bodies = log.bodies()
    rolled_back(log, 3)
    log.rewrite([*bodies[:3], bodies[4], bodies[3], *bodies[5:]])
    log.seal()


@pytest.mark.parametrize("kept", [32, 18])
def test_a_forked_history(log: Log, tmp_path: Path, kept: int) -> None:
    """The log is consistent and signed; only who remembers the other history can tell, by both notes."""
    newest, note = log.checkpoint(), log.note(9)
    third = sighting(Checkpoint(ORIGIN, 3, _root(log, 3)), kept=kept)
    guard = Guard(tmp_path / "guard")
    guard.begin(newest)
    forked(log)
    assert not log.verify().findings
    assert first(log.verify(guard=guard))[0] is Kind.FORK
    anchor = FakeAnchor([third, sighting(newest, note if kept == 32 else None, kept=kept)])
    found = log.verify(anchors=[anchor]).first
    assert found is not None
    assert (found.kind, found.start, found.end) == (Kind.FORK, 3, 9)
    seen, own = found.evidence
    assert seen != own
    assert log.note(9).decode() == own
    assert newest.root[:kept].hex() in seen or note.decode() == seen


def test_a_checkpoint_removed_that_an_anchor_has(log: Log) -> None:
    anchor = FakeAnchor([sighting(Checkpoint(ORIGIN, 5, _root(log, 5)), log.note(5))])
    assert not log.verify(anchors=[anchor]).findings
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size = 5")
    assert first(log.verify(anchors=[anchor])) == (Kind.REMOVED, 4)


def test_anchored(log: Log) -> None:
    report = log.verify(anchors=[FakeAnchor([sighting(log.checkpoint(), log.note(9))])])
    assert report.verdict is Verdict.ANCHORED
    assert [(view.verdict, view.compared, view.newest_size) for view in report.anchors] == [("agrees", 1, 9)]
    assert "no place outside" not in report.not_proven


def test_stale_anchors_are_no_success(log: Log) -> None:
    anchor = FakeAnchor([sighting(Checkpoint(ORIGIN, 3, _root(log, 3)))])
    assert log.verify(anchors=[anchor]).verdict is Verdict.ANCHORED
    report = log.verify(anchors=[anchor], max_anchor_age=timedelta(0))
    assert (report.verdict, report.anchors[0].verdict) == (Verdict.UNANCHORED, "stale")
    assert "6 records from position 3 on" in report.not_proven


def test_an_anchor_that_knows_nothing_or_cannot_be_asked(log: Log) -> None:
    stranger = sighting(Checkpoint("example.org/audit/else/1", 3, bytes(32)))
    for anchor, verdict in (
        (FakeAnchor(), "empty"),
        (FakeAnchor([stranger]), "empty"),
        (FakeAnchor(broken=True), "unreachable"),
    ):
        report = log.verify(anchors=[anchor])
        assert (report.verdict, report.anchors[0].verdict) == (Verdict.UNANCHORED, verdict)
        assert not report.findings


def test_a_note_that_anybody_could_have_put_there_is_no_evidence(log: Log) -> None:
    false = Checkpoint(ORIGIN, 9, bytes(32))
    report = log.verify(anchors=[FakeAnchor([sighting(false, forged(false, STRANGER))])])
    assert (list(report.findings), report.verdict) == ([], Verdict.UNANCHORED)
    assert report.anchors[0].unusable == 1
    assert report.warnings


def cosigned(log: Log, *witnesses: SigningKey, at: int | None = None) -> None:
    note = log.note(9)
    for witness in witnesses:
        note = add_signatures(note, signature_line(log.checkpoint().text, witness, at=at))
    change(log, 9, note)


@pytest.mark.parametrize(
    ("witnesses", "quorum", "verdict"),
    [
        ((), 0, Verdict.UNANCHORED),
        ((WITNESS,), 0, Verdict.ANCHORED),
        ((WITNESS,), 2, Verdict.UNANCHORED),
        ((WITNESS, SECOND), 2, Verdict.ANCHORED),
    ],
)
def test_witnesses(log: Log, witnesses: tuple[SigningKey, ...], quorum: int, verdict: Verdict) -> None:
    log.trust = replace(log.trust, witnesses=(WITNESS.verifier, SECOND.verifier), quorum=quorum)
    cosigned(log, *witnesses)
    report = log.verify()
    assert (list(report.findings), report.verdict) == ([], verdict)
    assert report.witnessed is not None
    assert (report.witnessed.size == 9) is (verdict is Verdict.ANCHORED)
    assert ("no witness" in report.not_proven) is (verdict is not Verdict.ANCHORED)


def test_an_old_cosignature_does_not_anchor(log: Log) -> None:
    log.trust = replace(log.trust, witnesses=(WITNESS.verifier,))
    cosigned(log, WITNESS, at=1_000_000_000)
    assert log.verify().verdict is Verdict.UNANCHORED


def test_a_quorum_that_the_trust_file_asks_for_is_asked_of_an_anchored_log(log: Log) -> None:
    log.trust = replace(log.trust, witnesses=(WITNESS.verifier,), quorum=1)
    assert log.verify(anchors=[FakeAnchor([sighting(log.checkpoint())])]).verdict is Verdict.UNANCHORED


def test_a_bad_cosignature(log: Log) -> None:
    log.trust = replace(log.trust, witnesses=(WITNESS.verifier,))
    line = signature_line("another text\n", WITNESS)
    change(log, 9, add_signatures(log.note(9), line))
    assert first(log.verify()) == (Kind.SIGNATURE, 8)


@pytest.mark.parametrize(
    ("origins", "told"),
    [
        ([], "knows no log"),
        (["example.org/audit/b/1"], "knows example.org/audit/b/1, and not example.org/audit/main/1"),
        ([f"example.org/audit/{name}/1" for name in "edcab"], "a/1, example.org/audit/b/1, .* and 2 more"),
    ],
)
def test_the_guard_of_another_log_is_no_success(
    log: Log, tmp_path: Path, origins: list[str], told: str
) -> None:
    guard = Guard(tmp_path / "guard")
    for origin in origins:
        guard.begin(Checkpoint(origin, 0, EMPTY_ROOT))
    report = log.verify(anchors=[FakeAnchor([sighting(log.checkpoint())])], guard=guard)
    assert (list(report.findings), report.verdict) == ([], Verdict.UNANCHORED)
    (warning,) = report.warnings
    assert re.search(told, warning)
    assert "Name the one in `audit.guard`" in warning
    assert "its guard file knows nothing of it" in report.not_proven
    guard.begin(log.checkpoint())
    report = log.verify(anchors=[FakeAnchor([sighting(log.checkpoint())])], guard=guard)
    assert (report.warnings, report.verdict) == ([], Verdict.ANCHORED)


def test_a_damaged_guard_is_no_success(log: Log, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    anchor = FakeAnchor([sighting(log.checkpoint())])
    guard.begin(log.checkpoint())
    assert log.verify(anchors=[anchor], guard=guard).verdict is Verdict.ANCHORED
    guard.path.write_bytes(b"nonsense")
    report = log.verify(anchors=[anchor], guard=guard)
    assert report.verdict is Verdict.UNANCHORED
    assert report.guard is not None
    assert (report.guard.place, report.guard.verdict) == (str(guard.path), "could not be read")
    assert "guard file could not be read" in report.not_proven
    assert not any("knows nothing" in line.text for line in lines(report))


def test_an_anchor_that_disagrees_was_compared(log: Log) -> None:
    checkpoint = log.checkpoint()
    report = log.verify(anchors=[FakeAnchor([sighting(replace(checkpoint, root=bytes(32)))])])
    text = "\n".join(line.text for line in lines(report))
    assert "disagrees, 1 checkpoint compared" in text
    assert "what a place outside has seen contradicts it" in report.not_proven
    assert "no place outside" not in text


def test_after_a_gap_nobody_says_that_nobody_has_seen_the_rest(log: Log) -> None:
    anchor = FakeAnchor([sighting(log.checkpoint())])
    with log.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos = 1")
    report = log.verify(anchors=[anchor])
    text = "\n".join(line.text for line in lines(report))
    assert first(report)[0] is Kind.GAP
    assert "uncompared, 0 checkpoints compared, 1 could not be" in text
    assert "records are missing" in report.not_proven
    assert "nobody outside has seen" not in text


STATES: dict[str, Callable[[Log], tuple[str, object]]] = {
    "frontier": lambda _: ("frontier", b"\0" * 8),
    "chain": lambda _: ("chain", bytes(32)),
    "longer": lambda _: ("size", 12),
    "shorter": lambda _: ("size", 4),
    "name": lambda _: ("origin", "example.org/audit/main/2"),
}


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("frontier", Kind.STATE),
        ("chain", Kind.STATE),
        ("longer", Kind.TRUNCATED),
        ("shorter", Kind.STATE),
        ("name", Kind.ORIGIN),
    ],
)
def test_the_state_changed(log: Log, what: str, kind: Kind) -> None:
    column, value = STATES[what](log)
    with log.attacked() as store:
        store.execute(f"UPDATE audit_state SET {column} = ?", [value])  # noqa: S608
    assert kind in log.verify().findings.counts
