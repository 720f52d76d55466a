"""Logs of several chunks, in several processes, that grow meanwhile; ids and times across chunks."""

import random
import sqlite3
import threading
from datetime import timedelta

import pytest

from monitorgen_exporters.audit.store import StoreError, open_store
from monitorgen_exporters.audit.store.errors import NotFound
from monitorgen_exporters.audit.verify import chunk, scan
from monitorgen_exporters.audit.verify.findings import Finding, Findings, Kind
from monitorgen_exporters.audit.verify.options import Options
from monitorgen_exporters.audit.verify.unique import Ids
from monitorgen_exporters.audit.verify.verifier import verify
from tests.audit.verifier.logs import Log, first, sample

STEPS = (8192, 1, 255, 8191, 8000, 3000, 361)
SIZE = sum(STEPS)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Four chunks, the last not full, with checkpoints at the edges and between; never changed."""
    return sample(f"sqlite:///{tmp_path_factory.mktemp('large') / 'log.db'}", STEPS)


@pytest.fixture
def copied(large: Log, sqlite_url: str) -> Log:
    """A copy of it to tamper with."""
    source = sqlite3.connect(large.url.removeprefix("sqlite:///"))
    target = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    source.backup(target)
    source.close()
    target.close()
    return Log(sqlite_url)


@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("hashes_only", [False, True])
def test_intact(large: Log, processes: int, hashes_only: bool) -> None:
    done: list[tuple[int, int]] = []
    report = verify(
        large.url,
        large.trust,
        options=Options(processes=processes, hashes_only=hashes_only),
        progress=lambda *at: done.append(at),
    )
    assert (list(report.findings), report.warnings) == ([], [])
    assert (report.size, report.hashed, report.checkpoints) == (SIZE, SIZE, len(STEPS))
    assert done == [(at, SIZE) for at in (0, 8192, 16384, 24576, SIZE)]


def test_intact_on_postgres(postgres_url: str) -> None:
    log = sample(postgres_url, (9000, 600))
    for processes in (1, 2):
        report = log.verify(processes=processes)
        assert (list(report.findings), report.size, report.checkpoints) == ([], 9600, 2)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("position", [0, 8191, 8192, 16383, 20000, SIZE - 1])
def test_a_body_changed_in_any_chunk(copied: Log, position: int, processes: int) -> None:
    with copied.attacked() as store:
        store.execute("UPDATE audit_record SET body = ? WHERE pos = ?", [b"{}", position])
    report = copied.verify(processes=processes)
    assert first(report) == (Kind.BODY, position)
    assert len(report.findings) == 1
    assert report.checkpoints == len(STEPS)


@pytest.mark.parametrize("position", [0, 255, 8191, 8192, 20000])
def test_a_record_missing_in_any_chunk(copied: Log, position: int) -> None:
    with copied.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos = ?", [position])
    report = copied.verify(processes=2)
    assert first(report) == (Kind.GAP, position)
    assert report.findings.counts == {Kind.GAP: 1}
    inside = int(position == 8192)  # the checkpoint of size 8193 lies in the block of the missing record
    assert (report.checkpoints, report.checkpoints_unchecked) == (len(STEPS) - inside, inside)


def test_a_whole_chunk_missing(copied: Log) -> None:
    with copied.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos >= 8000 AND pos < 17000")
    found = copied.verify(processes=2).first
    assert isinstance(found, Finding)
    assert (found.kind, found.start) == (Kind.GAP, 8000)


def test_the_past_rewritten_with_all_that_follows(copied: Log) -> None:
    bodies = copied.bodies()
    bodies[9000] = bodies[9000].replace(b'"high"', b'"info"')
    copied.rewrite(bodies)
    found = copied.verify(processes=2).first
    assert isinstance(found, Finding)
    assert (found.kind, found.start, found.end) == (Kind.ROOT, 8448, 16639)


def test_an_id_of_an_earlier_chunk(copied: Log) -> None:
    bodies = copied.bodies()
    with copied.attacked() as store:
        store.execute("DROP INDEX audit_record_id")
        store.execute("DELETE FROM audit_checkpoint")
    copied.rewrite([*bodies[:25000], bodies[11], *bodies[25001:]])
    copied.seal()
    assert first(copied.verify(processes=2)) == (Kind.DUPLICATE_ID, 25000)


@pytest.mark.parametrize("position", [100, 8192, 24999])
def test_a_time_long_before_those_before_it(copied: Log, position: int) -> None:
    bodies = copied.bodies()
    old = bodies[position]
    at = old.index(b'"ts":"') + 6
    bodies[position] = old[:at] + b"2020" + old[at + 4 :]
    with copied.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint")
    copied.rewrite(bodies)
    copied.seal()
    report = copied.verify()
    assert not report.findings
    assert [warning for warning in report.warnings if "backwards" in warning]
    assert not copied.verify(skew=timedelta(days=10_000)).warnings


@pytest.mark.parametrize(("level", "index"), [(8, 0), (8, 105), (12, 3), (13, 2), (14, 0)])
@pytest.mark.parametrize("missing", [False, True])
def test_a_cached_hash_changed_or_gone(copied: Log, level: int, index: int, missing: bool) -> None:
    with copied.attacked() as store:
        where = (level, index)
        if missing:
            store.execute("DELETE FROM audit_node WHERE level = ? AND idx = ?", where)
        else:
            store.execute("UPDATE audit_node SET hash = ? WHERE level = ? AND idx = ?", [bytes(32), *where])
    found = copied.verify().first
    assert isinstance(found, Finding)
    assert (found.kind, found.start, found.end) == (Kind.NODE, index << level, (index + 1) << level)


def test_absurd_sizes_and_positions_end(copied: Log) -> None:
    with copied.attacked() as store:
        store.execute("UPDATE audit_state SET size = ?", [2**62])
        assert copied.verify().findings.counts[Kind.TRUNCATED] == 1
        store.execute("UPDATE audit_record SET pos = ? WHERE pos = 20000", [2**62 - 1])
    assert first(copied.verify()) == (Kind.GAP, 20000)


def test_a_log_that_grows_while_it_is_verified(log_url: str) -> None:
    """No false alarm: what is judged is the log of one moment."""
    log = sample(log_url, (500, 500))
    ended = threading.Event()

    def grow() -> None:
        while not ended.is_set():
            log.append(7)
            log.seal()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(15):
            assert not log.verify().findings
    finally:
        ended.set()
        thread.join()


def test_an_empty_log(log_url: str) -> None:
    log = Log.create(log_url)
    report = log.verify()
    assert (list(report.findings), report.size) == ([], 0)
    log.seal()
    assert not log.verify().findings


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_sizes_around_a_cached_subtree(sqlite_url: str, size: int) -> None:
    assert not sample(sqlite_url, (size, 1, size)).verify().findings


def test_no_log() -> None:
    with pytest.raises(NotFound):
        Log("/nowhere/log.db").verify()


def test_a_process_that_dies_does_not_hang_the_verifier(large: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        import os

        os._exit(9)

    monkeypatch.setattr(scan, "verify_chunk", die)
    with pytest.raises(StoreError, match="ended from outside"):
        large.verify(processes=2)


def test_small_logs_start_no_processes() -> None:
    assert scan.processes_for(0) == 1
    assert scan.processes_for(4 * chunk.CHUNK) == 1
    assert scan.processes_for(1000 * chunk.CHUNK) >= 1


def test_ids_in_any_order() -> None:
    chosen = random.Random(7)  # noqa: S311 - examples
    known = [bytes(chosen.randbytes(16)) for _ in range(600)]
    seen: set[bytes] = set()
    with Ids() as ids:
        for _ in range(60):
            some = set(chosen.sample(known, 9))
            twice = {bytes.fromhex(one.replace("-", "")) for one in ids.add(b"".join(sorted(some)))}
            assert twice == some & seen
            seen |= some


def test_many_findings_take_little_room() -> None:
    findings = Findings()
    for position in range(10_000, 0, -1):
        findings.add(Finding.at(position, Kind.BODY, "x"))
    other = Findings()
    other.add(Finding.at(0, Kind.BODY, "y"))
    findings.merge(other)
    assert [one.start for one in findings] == list(range(Findings.KEPT))
    assert len(findings) == 10_001


def test_the_store_is_not_changed(large: Log) -> None:
    with open_store(large.url, readonly=True) as store:
        before = store.query("SELECT count(*), max(pos) FROM audit_record")
    large.verify()
    with open_store(large.url, readonly=True) as store:
        assert store.query("SELECT count(*), max(pos) FROM audit_record") == before
