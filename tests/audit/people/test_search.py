"""`monitorgen audit search` and `show`: what fits is found, on both databases, and nothing else."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitorgen_exporters.audit.search import BadTime, Query, correlate, find, moment, one
from monitorgen_exporters.audit.store import Row, Store, open_store
from tests.audit.people.logs import ORIGIN, entry, fill
from tests.support.command_line import monitorgen

RECORDS = [
    entry(
        "alert.firing",
        subject="alert:High",
        incident="INC-1",
        severity="high",
        ts="2026-01-01T00:00:00.000000Z",
    ),
    entry(
        "alert.firing",
        subject="alert:Low",
        incident="INC-2",
        severity="low",
        ts="2026-01-02T00:00:00.000000Z",
    ),
    entry("silence.created", "user:ann", "silence:1", incident="INC-1", ts="2026-01-03T00:00:00.000000Z"),
    entry("silence.deleted", "user:anna", "silence:1", note='a "quoted" ü', ts="2026-01-04T00:00:00.000000Z"),
    entry("alert.resolved", subject="alert:High", incident="INC-1", ts="2026-01-05T00:00:00.000000Z"),
    entry(
        "authentication.login",
        "user:ann",
        "auth:web",
        personal={"email": "ann@acme.example"},
        ts="2026-01-06T00:00:00.000000Z",
    ),
]


@pytest.fixture
def store(log_url: str) -> Store:
    fill(log_url, RECORDS)
    return open_store(log_url, readonly=True)


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        (Query(), [5, 4, 3, 2, 1, 0]),
        (Query(types=("alert",)), [4, 1, 0]),
        (Query(types=("alert.firing", "silence")), [3, 2, 1, 0]),
        (Query(types=("alert.fir",)), []),
        (Query(types=("al",)), []),
        (Query(types=("alert%",)), []),
        (Query(actors=("user:ann",)), [5, 2]),
        (Query(actors=("user",)), [5, 3, 2]),
        (Query(actors=("system:receiver",)), [4, 1, 0]),
        (Query(actors=("system",)), [4, 1, 0]),
        (Query(actors=("user:ann", "system")), [5, 4, 2, 1, 0]),
        (Query(subjects=("alert:High",)), [4, 0]),
        (Query(incidents=("INC-1",)), [4, 2, 0]),
        (Query(severities=("high", "low")), [1, 0]),
        (Query(since="2026-01-04T00:00:00.000000Z"), [5, 4, 3]),
        (Query(until="2026-01-04T00:00:00.000000Z"), [2, 1, 0]),
        (Query(text='a "quoted" ü'), [3]),
        (Query(text="INC-1", types=("alert",)), [4, 0]),
        (Query(actors=("user' OR '1'='1",)), []),
    ],
    ids=str,
)
def test_what_fits_is_found(store: Store, query: Query, positions: list[int]) -> None:
    with store:
        assert [found.position for found in find(store, query)] == positions
        assert [found.position for found in find(store, query, oldest_first=True)] == positions[::-1]
        assert [found.position for found in find(store, query, limit=2)] == positions[:2]


def test_what_a_person_did_is_found_by_index(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    fill(url, RECORDS)
    with open_store(url, readonly=True) as store:
        query, plan = store.query, list[tuple[object, ...]]()

        def watched(sql: str, parameters: Sequence[object] = ()) -> list[Row]:
            plan.extend(query(f"EXPLAIN QUERY PLAN {sql}", parameters))
            return query(sql, parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "query", watched)
            assert [found.position for found in find(store, Query(actors=("user:ann",)))] == [5, 2]
    assert "audit_record_actor" in str(plan), plan


def test_more_than_one_batch(log_url: str) -> None:
    fill(log_url, [entry("a.b", n="odd" if n % 2 else "even") for n in range(1203)])
    with open_store(log_url, readonly=True) as store:
        assert [found.position for found in find(store, Query(), limit=1001)] == list(range(1202, 201, -1))
        odd = [found.position for found in find(store, Query(text="odd"), oldest_first=True)]
    assert odd == list(range(1, 1203, 2))


def test_what_belongs_together(store: Store) -> None:
    with store:
        incidents = correlate(store, Query(), "incident")
        actors = correlate(store, Query(types=("silence", "authentication")), "actor", limit=1)
    assert [(group.key, group.records, group.first[:10], group.last[:10]) for group in incidents] == [
        ("INC-1", 3, "2026-01-01", "2026-01-05"),
        ("INC-2", 1, "2026-01-02", "2026-01-02"),
    ]
    assert incidents[0].types == (("alert.firing", 1), ("alert.resolved", 1), ("silence.created", 1))
    assert [(group.key, group.records) for group in actors] == [("user:ann", 2)]


def test_one_by_id_and_by_position(store: Store) -> None:
    with store:
        there = one(store, "3")
        assert there is not None
        assert one(store, RECORDS[3].record.id.upper()) == there
        assert there.record == RECORDS[3].record
        assert (one(store, "6"), one(store, "no"), one(store, "9" * 5000)) == (None, None, None)


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-20", "2026-11-20T00:00:00.000000Z"),
        ("2026-11-20T10:30", "2026-11-20T10:30:00.000000Z"),
        ("2026-11-20T10:30:00+02:00", "2026-11-20T08:30:00.000000Z"),
        ("36h", "2026-11-20T00:00:00.000000Z"),
        ("1d", "2026-11-20T12:00:00.000000Z"),
    ],
)
def test_a_moment(text: str, meant: str) -> None:
    assert moment(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "250y", "0001-01-01T00:00:00+23:00", "99999y"]
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(BadTime):
        moment(text, datetime(200, 1, 1, tzinfo=UTC))


def test_the_verb_prints_lines_in_order(log_url: str) -> None:
    fill(log_url, RECORDS)
    result = monitorgen("audit", "search", "--log", log_url, "--type", "alert", "-n", "2")
    assert result.exit_code == 0
    assert "the newest 2, of more that fit" in result.stderr
    assert (
        "of more" not in monitorgen("audit", "search", "--log", log_url, "--type", "alert", "-n", "3").stderr
    )
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "1 2026-01-02T00:00:00Z low alert.firing alert:Low by system:receiver incident=INC-2",
        "4 2026-01-05T00:00:00Z info alert.resolved alert:High by system:receiver incident=INC-1",
    ]


def test_the_verb_prints_json(sqlite_url: str) -> None:
    fill(sqlite_url, RECORDS)
    result = monitorgen(
        "audit", "search", "--log", sqlite_url, "--since", "2026-01-05", "-n", "0", "--format", "json"
    )
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["position"] for line in lines] == [4, 5]
    assert lines[1]["record"]["type"] == "authentication.login"
    assert "ann@acme" not in result.output


def test_the_verb_groups(sqlite_url: str) -> None:
    fill(sqlite_url, RECORDS)
    text = monitorgen("audit", "search", "--log", sqlite_url, "--group-by", "incident").output
    assert text.splitlines()[0].split()[:2] == ["INC-1", "3"]
    said = monitorgen(
        "audit", "search", "--log", sqlite_url, "--group-by", "actor", "--format", "json"
    ).output
    assert json.loads(said.splitlines()[0]) == {
        "actor": "user:ann",
        "records": 2,
        "first": "2026-01-03T00:00:00.000000Z",
        "last": "2026-01-06T00:00:00.000000Z",
        "types": {"authentication.login": 1, "silence.created": 1},
    }


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--type", "nothing"], 1, "nothing fits"),
        (["--since", "yesterday"], 2, "is no time"),
        (["--min-severity", "awful"], 2, "info, low, medium, high, critical"),
        (["--group-by", "actor", "--text", "x"], 2, "--text looks into records"),
    ],
)
def test_the_verb_ends_in_words(sqlite_url: str, words: list[str], code: int, says: str) -> None:
    fill(sqlite_url, RECORDS)
    result = monitorgen("audit", "search", "--log", sqlite_url, *words)
    assert (result.exit_code, says in result.stderr) == (code, True), result.stderr


@pytest.mark.parametrize("verb", [["search"], ["show", "0"]])
def test_a_log_that_is_not_there(sqlite_url: str, verb: list[str]) -> None:
    result = monitorgen("audit", *verb, "--log", sqlite_url)
    assert result.exit_code == 4
    assert "There is no audit log at" in result.stderr
    nowhere = monitorgen("audit", *verb, env={"MONITORGEN_AUDIT_LOG": ""})
    assert nowhere.exit_code == 2
    assert "say where the log is" in nowhere.stderr


def test_show_says_that_the_time_of_a_checkpoint_is_a_note(sqlite_url: str) -> None:
    fill(sqlite_url, RECORDS)
    with open_store(sqlite_url) as store:
        store.insert("audit_checkpoint", [(ORIGIN, 6, bytes(32), b"", "2026-01-07T00:00:00.000000Z")])
    shown = monitorgen("audit", "show", "5", "--log", sqlite_url).output
    assert "the checkpoint of size 6 (noted 2026-01-07T00:00:00.000000Z)" in shown


def test_show(log_url: str) -> None:
    fill(log_url, RECORDS)
    shown = monitorgen("audit", "show", "5", "--log", log_url).output.splitlines()
    fields = dict(line.split(None, 1) for line in shown)
    assert fields["type"] == "authentication.login"
    assert fields["personal.email"] == '"ann@acme.example"'
    assert fields["sealed"].split() == ["by", "none", "yet"]
    said = json.loads(
        monitorgen("audit", "show", "0", "--related", "--log", log_url, "--format", "json").output
    )
    assert said["record"]["data"] == {"incident": "INC-1", "severity": "high"}
    assert [each["position"] for each in said["related"]] == [0, 2, 4]
    assert monitorgen("audit", "show", "99", "--log", log_url).exit_code == 1


def test_nothing_of_a_record_commands_the_terminal(sqlite_url: str) -> None:
    fill(sqlite_url, [entry("a.b", subject="a:\u202eevil", text="\x1b[2Jgone", incident="INC-\u202e1")])
    for words in (["search"], ["show", "0"], ["search", "--group-by", "incident"]):
        output = monitorgen("audit", *words, "--log", sqlite_url).output
        assert output.replace("\n", "").isprintable()
