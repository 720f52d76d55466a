"""What is appended is in the log: once, in order, hashed as it is kept, whoever appends and however much."""

import json
import threading
from collections import Counter

import pytest

from monitorgen_exporters.audit.entry import IdTaken, new_entry
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.record import BadRecord, Record, new_record
from monitorgen_exporters.audit.stamps import uuid7
from monitorgen_exporters.audit.store import StoreError, open_store
from monitorgen_exporters.audit.store.records import hash_reader, rows
from monitorgen_exporters.audit.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.support.whole_log import check_whole, naive_root

ORIGIN = "example.org/audit/test/1"


def record(number: int, *, id: str | None = None) -> Record:
    return new_record("alert.firing", "system:test", f"alert:A{number}", {"number": number}, id=id)


def test_a_record_is_kept_as_it_was_hashed(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        id = log.append(
            type="silence.created",
            actor="user:älice",
            subject="silence:1",
            data={"incident": "inc-1", "severity": "high", "text": 'a "quoted"\n\U0001f600 line'},
        )
        assert log.size == 2
    assert check_whole(log_url)[1] == id
    with open_store(log_url, readonly=True) as store:
        ((_, kept, leaf),) = rows(store, 1, 2, ("pos", "body", "leaf"))
        assert json.loads(kept)["data"]["text"] == 'a "quoted"\n\U0001f600 line'
        assert leaf == leaf_hash(kept)
        assert store.query("SELECT incident, severity, actor FROM audit_record WHERE id = ?", [id]) == [
            ("inc-1", "high", "user:älice")
        ]


def test_the_first_record_is_of_the_creation(log_url: str) -> None:
    AuditLog.create(log_url, origin=ORIGIN).close()
    with open_store(log_url, readonly=True) as store:
        assert store.query("SELECT pos, type, subject FROM audit_record") == [
            (0, "log.created", f"log:{ORIGIN}")
        ]


def test_a_first_record_of_the_callers_own(log_url: str) -> None:
    first = record(1)
    with AuditLog.create(log_url, origin=ORIGIN, first=first):
        pass
    assert check_whole(log_url) == [first.id]


def test_batches_of_every_size_make_one_tree(log_url: str) -> None:
    ids = []
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        number = 0
        for size in (1, 2, 3, 100, 255, 256, 257, 1, 511, 1000, 2500, 1):
            batch = [record(number + offset) for offset in range(size)]
            number += size
            assert log.append_many(batch) == [one.id for one in batch]
            ids += [one.id for one in batch]
        root = log.root
    assert check_whole(log_url)[1:] == ids
    with open_store(log_url, readonly=True) as store:
        leaves = [leaf for (leaf,) in rows(store, 0, number + 1, ("leaf",))]
        assert root == naive_root(leaves)
        hash_at = hash_reader(store)
        for index in (0, 1, 255, 256, 300, 2047, 2048, number):
            proof = inclusion_proof(index, number + 1, hash_at)
            verify_inclusion(leaves[index], index, number + 1, proof, root)
        for old in (1, 2, 255, 256, 257, 1024, 3000, number):
            verify_consistency(
                old, naive_root(leaves[:old]), number + 1, root, consistency_proof(old, number + 1, hash_at)
            )


def test_an_opened_log_goes_on_where_it_ended(log_url: str) -> None:
    AuditLog.create(log_url, origin=ORIGIN).close()
    expected = []
    for number in range(5):
        with AuditLog.open(log_url) as log:
            expected += log.append_many(record(offset) for offset in range(number * 77 + 1))
    assert check_whole(log_url)[1:] == expected


def test_the_same_id_again_changes_nothing(log_url: str) -> None:
    id = uuid7()
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        for _ in range(3):  # each with a time and a salt of its own
            kept = log.append(
                type="user.login", actor="user:a", subject="s:1", personal={"ip": "192.0.2.1"}, id=id
            )
            assert kept == id
        again = record(7)
        assert log.append_many([again, record(8), again]) != []
        assert log.append_many([record(9), again]) != []
        assert log.size == 1 + 1 + 2 + 1
    assert Counter(check_whole(log_url))[id] == 1
    with open_store(log_url, readonly=True) as store:
        assert store.query("SELECT count(*) FROM audit_personal WHERE id = ?", [id]) == [(1,)]


def test_an_id_of_another_record_is_refused(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        there = record(1)
        log.append_many([there])
        with pytest.raises(IdTaken, match=there.id):
            log.append_many([record(2), record(3, id=there.id)])
        assert log.size == 2
        log.append_many([record(4)])
    assert len(check_whole(log_url)) == 3


def test_what_is_no_record_is_refused_before_anything_is_written(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        with pytest.raises(BadRecord, match="actor"):
            log.append(type="a.b", actor="nobody", subject="a:b")
        with pytest.raises(BadRecord, match="personal"):
            log.append(type="a.b", actor="a:b", subject="a:b", personal={"x": float("nan")})  # type: ignore[dict-item]
        with pytest.raises(BadRecord, match="at most"):
            log.append(type="a.b", actor="a:b", subject="a:b", data={"x": "y" * 300_000})
        assert log.size == 1


def test_threads_share_commits_and_lose_nothing(log_url: str) -> None:
    acknowledged: list[list[str]] = [[] for _ in range(8)]
    with AuditLog.create(log_url, origin=ORIGIN) as log:

        def write(number: int) -> None:
            for turn in range(40):
                acknowledged[number].append(
                    log.append(type="a.b", actor=f"thread:{number}", subject=f"turn:{turn}")
                )

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    ids = check_whole(log_url)
    assert sorted(ids[1:]) == sorted(id for some in acknowledged for id in some)
    for some in acknowledged:  # what one thread wrote stands in the order it wrote it
        assert [id for id in ids if id in set(some)] == some


def test_one_threads_bad_id_is_not_the_others_failure(log_url: str) -> None:
    with AuditLog.create(log_url, origin=ORIGIN) as log:
        there = record(0)
        log.append_many([there])
        outcomes: list[str] = []
        start = threading.Barrier(6)

        def write(number: int) -> None:
            entry = new_entry(
                type="a.b", actor="a:b", subject=f"n:{number}", id=there.id if number == 3 else None
            )
            start.wait()
            try:
                log.append_many([entry])
                outcomes.append("kept")
            except IdTaken:
                outcomes.append("refused")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        with log._writer.lock:  # all of them wait, so that one commit takes all of them
            for thread in threads:
                thread.start()
            while log._commits.gathered < 6:
                pass
        for thread in threads:
            thread.join()
        assert Counter(outcomes) == {"kept": 5, "refused": 1}
    assert len(check_whole(log_url)) == 2 + 5


def test_a_closed_log_says_so(log_url: str) -> None:
    log = AuditLog.create(log_url, origin=ORIGIN)
    log.close()
    log.close()
    with pytest.raises(StoreError, match="closed"):
        log.append(type="a.b", actor="a:b", subject="a:b")
    with pytest.raises(StoreError, match="closed"):
        _ = log.size
