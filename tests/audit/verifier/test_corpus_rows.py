"""Rows tampered with in every way: each is found, named by its position and its kind."""

import sqlite3
from itertools import combinations
from pathlib import Path

import pytest

from monitorgen_exporters.audit.entry import new_entry
from monitorgen_exporters.audit.record import decode
from monitorgen_exporters.audit.verify.findings import Kind
from monitorgen_exporters.audit.verify.report import Verdict
from tests.audit.verifier.logs import Log, first, sample

COLUMNS = ("id", "ts", "type", "actor", "subject", "incident", "severity")
KINDS = {
    "body": {Kind.BODY},
    "leaf": {Kind.BODY},
    "chain": {Kind.CHAIN},
    **{column: {Kind.COLUMN} for column in COLUMNS},
}
SIZE = 6
PAIRS = tuple(combinations(range(SIZE), 2))


@pytest.fixture
def log(sqlite_url: str) -> Log:
    """Six records under three checkpoints, with every column filled."""
    made = Log.create(sqlite_url)
    for count in (2, 1, 3):
        made.append(count, data={"incident": "i-1", "severity": "low"}, subject="alert:Höch")
        made.seal()
    return made


def _file(log: Log) -> sqlite3.Connection:
    with log.attacked():
        pass
    connection = sqlite3.connect(log.url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def test_the_log_itself_is_intact(log: Log) -> None:
    report = log.verify()
    assert list(report.findings) == []
    assert report.warnings == []
    assert (report.verdict, report.size, report.checkpoints, report.hashed) == (
        Verdict.UNANCHORED,
        SIZE,
        3,
        SIZE,
    )


@pytest.mark.parametrize("position", range(SIZE))
@pytest.mark.parametrize("column", KINDS)
def test_each_byte_flipped(log: Log, column: str, position: int) -> None:
    file = _file(log)
    ((held,),) = file.execute(f"SELECT CAST({column} AS BLOB) FROM audit_record WHERE pos = ?", [position])  # noqa: S608
    kind = "TEXT" if column in COLUMNS else "BLOB"
    change = f"UPDATE audit_record SET {column} = CAST(? AS {kind}) WHERE pos = ?"  # noqa: S608
    for at in range(len(held)):
        for bit in (0x01, 0x80):
            file.execute(change, (held[:at] + bytes((held[at] ^ bit,)) + held[at + 1 :], position))
            report = log.verify()
            found, where = first(report)
            assert (found in KINDS[column], where) == (True, position), (at, bit, list(report.findings))
            assert report.verdict is Verdict.TAMPERED
    file.execute(change, (held, position))
    assert not log.verify().findings
    file.close()


@pytest.mark.parametrize("column", KINDS)
@pytest.mark.parametrize("value", [b"", "", 7, 1.5, None, b"x" * 32, "ä" * 16, 2**62])
def test_each_column_of_another_type(log: Log, column: str, value: object) -> None:
    file = _file(log)
    file.execute("PRAGMA ignore_check_constraints = ON")
    try:
        file.execute(f"UPDATE audit_record SET {column} = ? WHERE pos = 4", [value])  # noqa: S608
    except sqlite3.IntegrityError:
        pytest.skip("the table does not take it")
    expected = {Kind.PRUNED} if column == "body" and value is None else KINDS[column]
    found, where = first(log.verify())
    assert (found in expected, where) == (True, 4)
    file.close()


@pytest.mark.parametrize("position", range(SIZE))
def test_each_row_deleted(log: Log, position: int) -> None:
    with log.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos = ?", [position])
    last = position == SIZE - 1
    assert first(log.verify()) == (Kind.TRUNCATED if last else Kind.GAP, position)


@pytest.mark.parametrize("position", range(SIZE))
def test_each_row_deleted_and_the_gap_closed(log: Log, position: int) -> None:
    with log.attacked() as store:
        store.execute("DELETE FROM audit_record WHERE pos = ?", [position])
        for later in range(position + 1, SIZE):
            store.execute("UPDATE audit_record SET pos = ? WHERE pos = ?", [later - 1, later])
    last = position == SIZE - 1
    assert first(log.verify()) == (Kind.TRUNCATED if last else Kind.CHAIN, position)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_each_two_rows_swapped(log: Log, one: int, other: int) -> None:
    with log.attacked() as store:
        for old, new in ((one, -1), (other, one), (-1, other)):
            store.execute("UPDATE audit_record SET pos = ? WHERE pos = ?", [new, old])
    assert first(log.verify()) == (Kind.CHAIN, one)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_each_two_bodies_swapped(log: Log, one: int, other: int) -> None:
    bodies = log.bodies()
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET body = ? WHERE pos = ?", [bodies[other], one])
        store.execute("UPDATE audit_record SET body = ? WHERE pos = ?", [bodies[one], other])
    assert first(log.verify()) == (Kind.BODY, one)


@pytest.mark.parametrize("position", range(SIZE))
def test_each_row_duplicated(log: Log, position: int) -> None:
    """A copy right behind the row, in a table without its index, and the others moved on."""
    rest = ", ".join((*COLUMNS, "leaf", "chain", "body"))
    with log.attacked() as store:
        store.execute("DROP INDEX audit_record_id")
        for later in range(SIZE - 1, position, -1):
            store.execute("UPDATE audit_record SET pos = ? WHERE pos = ?", [later + 1, later])
        store.execute(
            f"INSERT INTO audit_record (pos, {rest}) SELECT pos + 1, {rest} FROM audit_record WHERE pos = ?",  # noqa: S608
            [position],
        )
        store.execute("UPDATE audit_state SET size = size + 1")
    assert first(log.verify()) == (Kind.CHAIN, position + 1)


def test_rows_beyond_the_size(log: Log) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_state SET size = 5")
    assert first(log.verify())[1] == 5


@pytest.mark.parametrize("position", range(SIZE))
def test_each_record_rewritten_with_all_that_follows_from_it(log: Log, position: int) -> None:
    """No key is needed to recompute leaf, chain, nodes and state: only the checkpoints tell."""
    bodies = log.bodies()
    bodies[position] = bodies[position].replace(b'"low"', b'"off"')
    log.rewrite(bodies)
    report = log.verify()
    found = report.first
    assert found is not None
    assert found.kind is Kind.ROOT
    sealed = [0, 2, 3, 6]
    covering = next(at for at in range(1, 4) if sealed[at] > position)
    assert (found.start, found.end) == (sealed[covering - 1], sealed[covering])
    assert report.checkpoints == covering - 1


@pytest.mark.parametrize("position", range(SIZE + 1))
def test_a_record_inserted_everywhere(log: Log, position: int) -> None:
    bodies = log.bodies()
    new = new_entry(type="silence.created", actor="user:mallory", subject="silence:x").body
    log.rewrite([*bodies[:position], new, *bodies[position:]])
    report = log.verify()
    if position == SIZE:  # what a writer of the database adds at the end is a record like any other
        assert not report.findings
        assert report.tail is not None
        assert (report.tail.start, report.tail.records) == (SIZE, 1)
    else:
        assert first(report)[0] is Kind.ROOT


@pytest.mark.parametrize("position", range(1, SIZE))
def test_a_record_that_stands_twice_in_a_consistent_log(log: Log, position: int) -> None:
    """Only the holder of the key could have made it; it is told all the same."""
    bodies = log.bodies()
    with log.attacked() as store:
        store.execute("DROP INDEX audit_record_id")
        store.execute("DELETE FROM audit_checkpoint")
    log.rewrite([*bodies[:position], bodies[0], *bodies[position:]])
    log.seal()
    assert first(log.verify()) == (Kind.DUPLICATE_ID, position)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a": 1}', Kind.NOT_CANONICAL),
        (b'{"a":1}', Kind.MALFORMED),
        (b"[]", Kind.MALFORMED),
        (b"", Kind.NOT_CANONICAL),
        (b"\xff", Kind.NOT_CANONICAL),
        (b"[" * 10_000, Kind.NOT_CANONICAL),
        (b"[" * 10_000 + b"]" * 10_000, Kind.NOT_CANONICAL),
        (b"1e400", Kind.NOT_CANONICAL),
        (b"9" * 5000, Kind.NOT_CANONICAL),
    ],
)
def test_bodies_that_no_writer_of_ours_wrote(log: Log, body: bytes, kind: Kind) -> None:
    bodies = log.bodies()
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint")
    log.rewrite([*bodies[:4], body, *bodies[5:]])
    log.seal()
    assert first(log.verify()) == (kind, 4)


@pytest.mark.parametrize(
    "change",
    [
        (b'"low"', b'"low","n":1.5'),
        (b'"low"', b'"low","n":1e22'),
        (b'"low"', b'"low","n":9007199254740993'),
        (b'"low"', b'"low","n":123456789012345678901234567890'),
        (b'"low"', b'"low","severity":"low"'),
        (b'"low"', b'"\\u006cow"'),
        (b'"low"', b'"low" '),
        (b'"incident":"i-1","severity":"low"', b'"severity":"low","incident":"i-1"'),
    ],
)
def test_another_writing_of_the_same_record(log: Log, change: tuple[bytes, bytes]) -> None:
    bodies = log.bodies()
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint")
    assert change[0] in bodies[3]
    changed = bodies[3].replace(*change)
    log.rewrite([*bodies[:3], changed, *bodies[4:]])
    held = decode(bodies[3])
    with log.attacked() as store:
        for column in COLUMNS:
            store.execute(f"UPDATE audit_record SET {column} = ? WHERE pos = 3", [getattr(held, column)])  # noqa: S608
    log.seal()
    assert first(log.verify()) == (Kind.NOT_CANONICAL, 3)


def test_every_truncation_without_key(log: Log) -> None:
    bodies = log.bodies()
    for size in range(SIZE):
        log.rewrite(bodies[:size])
        assert first(log.verify()) == (Kind.TRUNCATED, size)


def test_the_file_flipped_byte_by_byte(log: Log, tmp_path: Path) -> None:
    """What a byte of the file does is found, or cannot be read, or it has changed nothing."""
    from monitorgen_exporters.audit.store import StoreError

    file = _file(log)
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.execute("PRAGMA journal_mode = DELETE")
    file.close()
    whole = Path(log.url.removeprefix("sqlite:///")).read_bytes()
    intact = _contents(whole, tmp_path / "intact.db")
    ends = {"found": 0, "unreadable": 0, "unchanged": 0}
    for at in range(0, len(whole), 41):
        changed = tmp_path / "changed.db"
        changed.write_bytes(whole[:at] + bytes((whole[at] ^ 0x04,)) + whole[at + 1 :])
        copy = Log(f"sqlite:///{changed}")
        try:
            report = copy.verify()
        except StoreError:
            ends["unreadable"] += 1
            continue
        if report.findings:
            ends["found"] += 1
            continue
        ends["unchanged"] += 1
        assert _contents(changed.read_bytes(), tmp_path / "again.db") == intact, at
    assert all(ends.values()), ends


def _contents(file: bytes, path: Path) -> list[object]:
    path.write_bytes(file)
    # Read-only, SQLite passes over a damaged CHECK, and so does the verifier.
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found: list[object] = []
    found += connection.execute("SELECT * FROM audit_record NOT INDEXED").fetchall()
    # When a checkpoint was issued is nowhere signed.
    found += connection.execute(
        "SELECT origin, size, root, note FROM audit_checkpoint NOT INDEXED"
    ).fetchall()
    found += connection.execute("SELECT origin, size, frontier, chain FROM audit_state").fetchall()
    connection.close()
    return found


def test_a_sample_of_several_checkpoints(sqlite_url: str) -> None:
    assert not sample(sqlite_url, (1,) * 20).verify().findings


@pytest.mark.parametrize("position", [-1, -(2**63)])
def test_a_row_before_the_first(log: Log, position: int) -> None:
    _file(log).execute(f"INSERT INTO audit_record SELECT {position}, 'x', {_REST}")
    assert first(log.verify()) == (Kind.GAP, 0)


@pytest.mark.parametrize("vouched", [False, True])
def test_a_row_so_far_off_that_nobody_walks_there(log: Log, vouched: bool) -> None:
    file = _file(log)
    file.execute(f"INSERT INTO audit_record SELECT {2**62}, 'x', {_REST}")
    file.execute("UPDATE audit_state SET size = ?", [2**62 + 1])
    if vouched:
        file.executemany("INSERT INTO audit_node VALUES (8, ?, x'00')", ((index,) for index in range(100)))
    assert first(log.verify()) == (Kind.GAP, SIZE)


_REST = "ts, type, actor, subject, incident, severity, leaf, chain, body FROM audit_record WHERE pos = 0"
