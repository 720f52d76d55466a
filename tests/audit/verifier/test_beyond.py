"""Missing records keep nobody from comparing what comes after, as far as a signed root makes it certain."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.guard import Guard
from monitorgen_exporters.audit.note import sign_note
from monitorgen_exporters.audit.tree import leaf_hash
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.text import lines
from tests.audit.verifier.logs import KEY, ORIGIN, FakeAnchor, Log, first, sample, sighting


@pytest.fixture
def log(log_url: str) -> Log:
    """1,112 records, sealed at 100, 512, 812 and 1,112."""
    return sample(log_url, (100, 412, 300, 300))


def remove(log: Log, *positions: int) -> None:
    with log.attacked() as store:
        for position in positions:
            store.execute("DELETE FROM audit_record WHERE pos = ?", [position])


def compared(log: Log) -> tuple[int, int, int | None]:
    """Checkpoints that hold, those that could not be compared, and the newest that holds."""
    report = log.verify()
    assert first(report)[0] is Kind.GAP
    assert Kind.ROOT not in report.findings.counts
    return report.checkpoints, report.checkpoints_unchecked, report.newest_checkpoint


def test_whatever_comes_after_the_block_is_compared(log: Log, tmp_path: Path) -> None:
    newest = log.checkpoint()
    anchor, guard = FakeAnchor([sighting(newest)]), Guard(tmp_path / "guard")
    guard.begin(newest)
    log.append(2)
    remove(log, 40)
    report = log.verify(anchors=[anchor], guard=guard)
    assert (first(report), len(report.findings)) == ((Kind.GAP, 40), 1)
    assert (report.checkpoints, report.checkpoints_past_gap, report.checkpoints_unchecked) == (3, 3, 1)
    assert [(key.first_size, key.last_size, key.checkpoints) for key in report.keys] == [(512, 1112, 3)]
    assert report.guard is not None
    assert report.tail is not None
    assert (report.guard.verdict, report.anchors[0].verdict) == ("agrees", "agrees")
    assert (report.tail.start, report.tail.records) == (1112, 2)
    text = "\n".join(line.text for line in lines(report))
    assert "3 hold, each consistent with the next, the newest of size 1,112, 3 of them past missing" in text
    assert ", 1 could not be compared" in text
    assert "anything of what is left at positions 40 to 255, since records are missing there" in text


def test_what_is_left_of_the_block_is_not_said_to_be_proven(log: Log) -> None:
    """Changed with hash and chain, it is under no root that can be made: the report does not vouch for it."""
    remove(log, 40, 300, 301, 600, 1030)
    with log.attacked() as store:
        (body,) = store.query("SELECT body FROM audit_record WHERE pos = 41")[0]
        forged = bytes(body).replace(b'"high"', b'"info"')
        store.execute(
            "UPDATE audit_record SET body = ?, leaf = ? WHERE pos = 41", [forged, leaf_hash(forged)]
        )
    report = log.verify()
    assert report.checkpoints_past_gap == 2
    assert report.unproven == ((40, 256), (300, 512), (600, 768))  # 812 is signed, 1,112 cannot be compared
    assert "at positions 40 to 255, 300 to 511, 600 to 767, since" in report.not_proven
    with log.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos >= 256 AND pos < 512")
    assert log.verify().unproven == ((40, 512), (600, 768))
    with log.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos >= 512 AND pos < 1100")
        store.execute("DELETE FROM audit_node WHERE level = 8 AND idx = 3")
    assert log.verify().unproven == ((40, 512),)


@pytest.mark.parametrize(
    ("gone", "result"),
    [
        ((0,), (3, 1, 1112)),
        ((99, 100), (3, 1, 1112)),
        ((100,), (4, 0, 1112)),
        ((511,), (4, 0, 1112)),
        ((40, 300, 812), (3, 1, 1112)),
        ((600,), (4, 0, 1112)),
        (tuple(range(256, 512)), (4, 0, 1112)),
        ((1030,), (3, 1, 812)),  # in the last block, which is not full and has no kept hash
        ((40, 1110), (2, 2, 812)),
    ],
)
def test_what_is_missing_where(log: Log, gone: tuple[int, ...], result: tuple[int, int, int]) -> None:
    remove(log, *gone)
    assert compared(log) == result


def test_a_kept_hash_that_no_signed_root_confirms_says_nothing(log: Log) -> None:
    remove(log, 300)
    for change in (
        "UPDATE audit_node SET hash = (SELECT hash FROM audit_node WHERE level = 8 AND idx = 0) "
        "WHERE level = 8 AND idx = 1",
        "DELETE FROM audit_node WHERE level = 8 AND idx = 1",
    ):
        with log.attacked() as store:
            store.execute(change)
        report = log.verify(anchors=[FakeAnchor([sighting(log.checkpoint())])])
        assert Kind.ROOT not in report.findings.counts
        assert Kind.FORK not in report.findings.counts
        assert (report.checkpoints, report.checkpoints_past_gap, report.checkpoints_unchecked) == (1, 0, 3)
        assert report.anchors[0].verdict == "uncompared"


def test_only_what_lies_under_a_confirmed_root_is_certain(log: Log) -> None:
    remove(log, 300)
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET leaf = ? WHERE pos = 700", [bytes(32)])
    report = log.verify()
    assert (report.checkpoints, report.newest_checkpoint, report.checkpoints_unchecked) == (2, 512, 2)
    assert Kind.ROOT not in report.findings.counts


def test_a_signed_root_that_is_certainly_another(log: Log) -> None:
    made = Checkpoint(ORIGIN, 600, bytes(32))
    log.put(made, sign_note(made.text, KEY))
    remove(log, 40)
    report = log.verify()
    assert report.findings.counts == {Kind.GAP: 1, Kind.ROOT: 1}
    found = next(one for one in report.findings if one.kind is Kind.ROOT)
    assert (found.start, found.end) == (512, 600)
    assert (report.checkpoints, report.checkpoints_unchecked) == (3, 1)


def test_a_fork_shows_in_spite_of_the_gap(log: Log, tmp_path: Path) -> None:
    newest = log.checkpoint()
    other = replace(newest, root=bytes(32))
    guard = Guard(tmp_path / "guard")
    guard.begin(other)
    remove(log, 40)
    assert Kind.FORK in log.verify(guard=guard).findings.counts
    report = log.verify(anchors=[FakeAnchor([sighting(other), sighting(replace(newest, size=700))])])
    assert report.findings.counts == {Kind.GAP: 1, Kind.FORK: 2}
    assert report.anchors[0].verdict == "disagrees"
