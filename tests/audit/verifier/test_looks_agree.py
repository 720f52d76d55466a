"""The quick look passes nothing that the close one faults, and passes what writers of ours write."""

import json
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.canonical import Json, canonical
from monitorgen_exporters.audit.record import encode, new_record
from monitorgen_exporters.audit.tree import FIRST_CHAIN, chain_hash, leaf_hash
from monitorgen_exporters.audit.verify.close_look import judge
from monitorgen_exporters.audit.verify.findings import Findings
from monitorgen_exporters.audit.verify.quick_look import look

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
DATA = st.dictionaries(st.text(max_size=6), VALUES, max_size=4)
DIGEST = "0123456789abcdef" * 4
NASTY = st.sampled_from(
    [
        None,
        True,
        0,
        1,
        1.0,
        1.5,
        2**53,
        -(2**63),
        2**64,
        "",
        "x",
        "ü",
        "\x1b",
        "a:b",
        "a.b",
        [],
        {},
        [1.5],
        {"a": 1e300},
    ]
) | st.text(max_size=40)
FIELDS = ("v", "id", "ts", "type", "actor", "subject", "data", "commitments")


def row(position: int, body: bytes, chain: bytes, shown: dict[str, Any]) -> tuple[Any, ...]:
    """A row whose hashes are right, and whose columns are those of the record it holds."""
    leaf = leaf_hash(body)
    data = shown.get("data")
    told = data if isinstance(data, dict) else {}
    columns = [shown.get(name) for name in ("id", "ts", "type", "actor", "subject")]
    return (
        position,
        *columns,
        told.get("incident"),
        told.get("severity", "info"),
        leaf,
        chain_hash(chain, leaf),
        body,
    )


def both(rows: list[tuple[Any, ...]]) -> tuple[bool, bool]:
    """Whether the quick look passes the rows, and whether the close one finds nothing."""
    findings = Findings()
    slow = judge(rows, 0, len(rows), FIRST_CHAIN, findings)
    quick = look(rows, 0, FIRST_CHAIN)
    if quick is not None:
        assert quick == slow
    return quick is not None, not findings


@given(st.lists(st.tuples(DATA, st.sampled_from([{}, {"name": DIGEST}])), min_size=1, max_size=6))
def test_what_writers_of_ours_write_passes_both(
    written: list[tuple[dict[str, Json], dict[str, str]]],
) -> None:
    rows, chain = [], FIRST_CHAIN
    for position, (data, commitments) in enumerate(written):
        told = {key: value for key, value in data.items() if key not in ("incident", "severity")}
        record = new_record("alert.firing", "user:ann", "alert:High", told, commitments=commitments)
        body = encode(record)
        rows.append(row(position, body, chain, json.loads(body)))
        chain = rows[-1][9]
    quick, slow = both(rows)
    assert slow
    plane = any(sign in one[10] for one in rows for sign in (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4"))
    assert quick or plane


@given(st.text('"\\\\/{}:, aé\u2028\ue000\U0001f600', min_size=1, max_size=12), st.booleans())
def test_parties_of_any_characters_pass_both(name: str, committed: bool) -> None:
    rows, chain = [], FIRST_CHAIN
    for position in range(2):
        commitments = {"name": DIGEST} if committed and position else {}
        record = new_record("a.b", f"user:{name}", f"alert:{name}", {"a": 1}, commitments=commitments)
        body = encode(record)
        rows.append(row(position, body, chain, json.loads(body)))
        chain = rows[-1][9]
    quick, slow = both(rows)
    assert slow
    assert quick or "\U0001f600" in name


def plain() -> dict[str, Any]:
    """A record as JSON."""
    made: dict[str, Any] = json.loads(encode(new_record("alert.firing", "user:ann", "alert:High")))
    return made


@given(st.sampled_from(FIELDS), NASTY, st.booleans())
def test_a_field_of_any_value(field: str, value: object, dropped: bool) -> None:
    record = plain()
    if dropped:
        del record[field]
    else:
        record[field] = value
    judged(record)


@given(st.sampled_from(["incident", "severity", "x"]), NASTY)
def test_any_value_in_the_data(name: str, value: object) -> None:
    judged({**plain(), "data": {name: value}})


@given(st.dictionaries(st.text(max_size=3), NASTY | st.just(DIGEST) | st.just(DIGEST.upper()), max_size=3))
def test_any_commitments(commitments: dict[str, object]) -> None:
    judged({**plain(), "commitments": commitments})


@given(st.integers(0, 35), st.characters())
def test_an_id_with_any_character(at: int, character: str) -> None:
    record = plain()
    record["id"] = record["id"][:at] + character + record["id"][at + 1 :]
    judged(record)


@given(st.integers(0, 26), st.characters() | st.sampled_from("0123456789"))
def test_a_time_with_any_character(at: int, character: str) -> None:
    record = plain()
    record["ts"] = record["ts"][:at] + character + record["ts"][at + 1 :]
    judged(record)


@given(st.integers(28, 36))
def test_depth(depth: int) -> None:
    inner: object = "x"
    for _ in range(depth):
        inner = [inner]
    judged({**plain(), "data": {"x": inner}})
    for _ in range(2):
        inner = {"a": inner}
    judged({**plain(), "data": {"x": inner}})


@given(st.binary(max_size=40) | st.sampled_from([b"[]", b"{}", b'"x"', b"1,2", b"[1],[2]"]))
def test_any_bytes(body: bytes) -> None:
    quick, slow = both([row(0, body, FIRST_CHAIN, {})])
    assert (quick, slow) == (False, False)


@given(st.integers(1, 7), NASTY | st.binary(max_size=8), st.booleans())
def test_a_column_of_any_value(column: int, value: object, same: bool) -> None:
    record = plain()
    told = [*row(0, canonical(record), FIRST_CHAIN, record)]
    held = told[column]
    told[column] = held.encode() if same and held is not None else value
    quick, slow = both([tuple(told)])
    assert (quick, slow) == ((True, True) if told[column] == held else (False, False))


def test_a_column_that_would_be_a_field_more_if_it_were_written_as_it_is() -> None:
    record = plain() | {"subject": "alert:a", "t": "b"}
    told = {**record, "subject": 'alert:a","t":"b'}
    assert both([row(0, canonical(record), FIRST_CHAIN, told)]) == (False, False)
    del record["t"]
    told = {**record, "actor": "user:a\\u0062"}
    body = canonical(record | {"actor": "user:ab"}).replace(b"user:ab", b"user:a\\u0062")
    assert both([row(0, body, FIRST_CHAIN, told)]) == (False, False)


def test_a_body_too_short_for_what_stands_around_the_data() -> None:
    record = plain()
    whole = canonical(record)
    head, tail = whole.index(b'"data":') + len(b'"data":'), whole.rindex(b',"id"')
    for body in (whole[:head] + whole[tail:], whole[tail:], whole[:head], whole[:head] + whole[tail + 1 :]):
        judged(record, body)
        assert both([row(0, body, FIRST_CHAIN, record)]) == (False, False)


@given(st.integers(0, 400), st.sampled_from([b" ", b"0", b",", b"}", b'"', b"\\", b"e1", b".5"]))
def test_bytes_put_into_a_body(at: int, more: bytes) -> None:
    record = plain()
    body = canonical(record)
    judged(record, body[:at] + more + body[at:])


def judged(record: dict[str, Any], body: bytes | None = None) -> None:
    """Asserts that what passes the quick look passes the close one: among good rows, and alone."""
    if body is None:
        try:
            body = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return
    good = plain()
    first = row(0, canonical(good), FIRST_CHAIN, good)
    rows = [first, row(1, body, first[9], record)]
    quick, slow = both(rows)
    assert slow or not quick, (sha256(body).hexdigest(), record)
