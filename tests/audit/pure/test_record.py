"""Records: one encoding each, every fault named, and nothing read that was not written."""

import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.canonical import canonical
from monitorgen_exporters.audit.record import MAX_RECORD_BYTES, BadRecord, Record, decode, encode, new_record
from monitorgen_exporters.audit.stamps import now, uuid7

GOOD: dict[str, Any] = {
    "v": 1,
    "id": "01936f5e-7b1c-7abc-8def-0123456789ab",
    "ts": "2026-11-21T14:06:54.123456Z",
    "type": "alert.firing",
    "actor": "system:receiver",
    "subject": "alert:HighErrorRate",
    "data": {"severity": "critical", "incident": "inc-42", "value": "0.07", "labels": {"job": "api"}},
    "commitments": {"data.mail": "ab" * 32},
}


def test_a_record_goes_out_and_comes_back() -> None:
    record = new_record("alert.firing", "system:receiver", "alert:A", {"n": 1}, commitments={"p": "0" * 64})
    body = encode(record)
    assert decode(body) == record
    assert encode(decode(body)) == body
    assert record.v == 1
    assert (record.category, record.action) == ("alert", "firing")


def test_the_bytes_of_a_known_record() -> None:
    assert encode(Record(**GOOD)) == (
        b'{"actor":"system:receiver","commitments":{"data.mail":"' + b"ab" * 32 + b'"},'
        b'"data":{"incident":"inc-42","labels":{"job":"api"},"severity":"critical","value":"0.07"},'
        b'"id":"01936f5e-7b1c-7abc-8def-0123456789ab","subject":"alert:HighErrorRate",'
        b'"ts":"2026-11-21T14:06:54.123456Z","type":"alert.firing","v":1}'
    )


def test_incident_and_severity_come_from_data() -> None:
    assert (Record(**GOOD).incident, Record(**GOOD).severity) == ("inc-42", "critical")
    plain = new_record("config.applied", "user:alice", "config:spec")
    assert (plain.incident, plain.severity) == (None, "info")


FAULTS: list[tuple[str, Any, str]] = [
    ("v", 2, "v: "),
    ("v", True, "v: "),
    ("v", "1", "v: "),
    ("id", "", "id: "),
    ("id", "01936f5e-7b1c-4abc-8def-0123456789ab", "id: "),
    ("id", "01936F5E-7B1C-7ABC-8DEF-0123456789AB", "id: "),
    ("id", GOOD["id"] + "\n", "id: "),
    ("ts", "2026-11-21T14:06:54Z", "ts: "),
    ("ts", "2026-02-30T14:06:54.000000Z", "ts: "),
    ("ts", "2026-11-21T24:06:54.000000Z", "ts: "),
    ("ts", "2026-11-21T14:06:54.123456+00:00", "ts: "),
    ("ts", "\u0662026-11-21T14:06:54.123456Z", "ts: "),
    ("ts", None, "ts: "),
    ("type", "alert", "type: "),
    ("type", "Alert.Firing", "type: "),
    ("type", "a.b.c", "type: "),
    ("type", "alert.firing\n", "type: "),
    ("actor", "alice", "actor: "),
    ("actor", "user:", "actor: "),
    ("actor", "user:a\x1b[31m", "actor: "),
    ("actor", "user:" + "a" * 501, "actor: "),
    ("subject", "alert:a\nb", "subject: "),
    ("subject", 5, "subject: "),
    ("data", [], "data: "),
    ("data", None, "data: "),
    ("data", {"a": 0.5}, "data.a: "),
    ("data", {"incident": 5}, "data.incident: "),
    ("data", {"severity": ""}, "data.severity: "),
    ("data", {"incident": "a\x00b"}, "data.incident: "),
    ("data", {"incident": "a" * 201}, "data.incident: "),
    ("commitments", {"a\nb": "ab" * 32}, "commitments: "),
    ("commitments", {"": "ab" * 32}, "commitments: "),
    ("commitments", [], "commitments: "),
    ("commitments", {"a": "AB" * 32}, "commitments: "),
    ("commitments", {"a": 5}, "commitments: "),
]


@pytest.mark.parametrize(("name", "value", "fault"), FAULTS)
def test_a_bad_field_is_named(name: str, value: Any, fault: str) -> None:
    with pytest.raises(BadRecord) as caught:
        Record(**{**GOOD, name: value})
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith(fault)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value, _ in FAULTS])
def test_a_bad_field_is_not_read_back(name: str, value: Any) -> None:
    body = json.dumps({**GOOD, name: value}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with pytest.raises(BadRecord):
        decode(body.encode())


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(BadRecord) as caught:
        new_record("x", "y", "z", {"a": 2**60}, id="i", ts="t", commitments={"c": ""})
    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "id",
        "ts",
        "type",
        "actor",
        "subject",
        "data.a",
        "commitments",
    ]
    assert all(fault in str(caught.value) for fault in caught.value.faults)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        canonical({name: value for name, value in GOOD.items() if name != "commitments"}),
        canonical({**GOOD, "extra": 1}),
        canonical({**{name: value for name, value in GOOD.items() if name != "v"}, "w": 1}),
        encode(Record(**GOOD)) + b"\n",
        json.dumps(GOOD).encode(),
        b" " * (MAX_RECORD_BYTES + 1),
    ],
)
def test_other_bytes_are_not_read(body: bytes) -> None:
    with pytest.raises(BadRecord):
        decode(body)


@given(st.binary(max_size=200))
def test_reading_anything_ends_in_a_record_or_a_fault(body: bytes) -> None:
    with pytest.raises(BadRecord):
        decode(body)


@given(st.integers(0, len(encode(Record(**GOOD))) - 1), st.integers(1, 255))
def test_a_flipped_byte_never_reads_as_the_same_record(at: int, flip: int) -> None:
    body = bytearray(encode(Record(**GOOD)))
    body[at] ^= flip
    with suppress(BadRecord):
        assert decode(bytes(body)) != Record(**GOOD)


def test_a_record_too_long_is_refused() -> None:
    record = new_record("a.b", "user:a", "s:s", {"text": "x" * MAX_RECORD_BYTES})
    with pytest.raises(BadRecord, match="at most 262144"):
        encode(record)


def test_data_changed_after_checking_cannot_slip_through() -> None:
    data: dict[str, Any] = {"a": 1}
    record = new_record("a.b", "user:a", "s:s", data)
    data["a"] = 1.5
    assert encode(record) == encode(decode(encode(record)))
    assert b'"a":1}' in encode(record)


def test_ids_are_of_version_7_and_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [uuid7() for _ in range(2000)]
    after = time.time_ns() // 1_000_000
    assert len(set(ids)) == len(ids)
    for one in ids:
        Record(**{**GOOD, "id": one})
        assert before <= int(one.replace("-", "")[:12], 16) <= after


def test_now_is_utc_with_microseconds() -> None:
    stamp = datetime.fromisoformat(now())
    assert stamp.tzinfo is not None
    assert abs((datetime.now(UTC) - stamp).total_seconds()) < 60
    Record(**{**GOOD, "ts": now()})


def test_a_child_process_has_ids_of_its_own() -> None:
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, uuid7()[-17:].encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        assert uuid7()[-17:] != said.read()


def test_what_is_searched_for_stays_what_the_body_says() -> None:
    data: dict[str, Any] = {"incident": "one"}
    record = new_record("a.b", "user:a", "s:s", data)
    data["incident"] = "two"
    assert record.incident == "one"
