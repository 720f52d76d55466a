"""`monitorgen audit erase`: value and salt go, hashes stay, and a record says so."""

import json
from pathlib import Path

import pytest

from monitorgen_exporters.audit import erasure
from monitorgen_exporters.audit.declared import Erased
from monitorgen_exporters.audit.search import Query, find
from monitorgen_exporters.audit.store import open_store
from tests.audit.people.logs import Place, entry

ANN, BOB = "ann-" * 20 + "@acme.example", "bob@acme.example"
WHY = ("--reason", "request 2026-17")


@pytest.fixture
def log(place: Place) -> Place:
    place.fill(
        [
            entry("auth.login", personal={"email": ANN, "ip": "192.0.2.1"}),
            entry("auth.login", personal={"email": BOB}),
            entry("auth.logout", personal={"email": ANN}),
            entry("auth.logout", n=1),
        ]
    )
    return place


def kept(log: Place) -> list[tuple[int, str, str]]:
    """Position, field and value of every personal value that is there."""
    with open_store(log.url, readonly=True) as store:
        rows = store.query(
            "SELECT r.pos, p.field, p.value FROM audit_personal p JOIN audit_record r ON r.id = p.id "
            "ORDER BY r.pos, p.field"
        )
    return [(pos, field, json.loads(value)) for pos, field, value in rows]


def declared(log: Place) -> list[Erased]:
    with open_store(log.url, readonly=True) as store:
        found = find(store, Query(types=("record.erased",)), oldest_first=True)
        return [Erased.read(each.record) for each in found if each.record is not None]


def test_everything_about_one_person(log: Place) -> None:
    with open_store(log.url, readonly=True) as store:
        before = store.query("SELECT pos, leaf, body FROM audit_record ORDER BY pos")
    dry = log.run("erase", "--value", "email", ANN, *WHY, "--dry-run")
    assert dry.output == "2 personal values of 2 records would be erased\n"
    assert len(kept(log)) == 4
    assert log.run("erase", "--value", "email", ANN, *WHY, "--operator", "bea").output.startswith(
        "2 personal"
    )
    assert kept(log) == [(1, "ip", "192.0.2.1"), (2, "email", BOB)]
    with open_store(log.url, readonly=True) as store:
        assert store.query("SELECT pos, leaf, body FROM audit_record WHERE pos < 5 ORDER BY pos") == before
    said = declared(log)
    assert [(each.fields, each.reason) for each in said] == [(("email",), "request 2026-17")] * 2
    shown = log.run("show", "1").output
    assert "(erased)" in shown
    assert "192.0.2.1" in shown


def test_the_bytes_are_gone_from_the_files(sqlite_place: Place) -> None:
    sqlite_place.fill([entry("auth.login", personal={"email": ANN})])
    folder = Path(sqlite_place.url.removeprefix("sqlite:///")).parent
    files = [file for file in folder.iterdir() if file.name.startswith("log.db")]
    assert any(ANN.encode() in file.read_bytes() for file in files)
    assert sqlite_place.run("erase", "--value", "email", ANN, *WHY).exit_code == 0
    for file in folder.iterdir():
        assert ANN.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(("fields", "left"), [((), 2), (("--field", "ip"), 3)])
def test_one_record(log: Place, fields: tuple[str, ...], left: int) -> None:
    with open_store(log.url, readonly=True) as store:
        ((id_,),) = store.query("SELECT id FROM audit_record WHERE pos = 1")
    result = log.run("erase", "--record", id_.upper(), *fields, *WHY, "--format", "json")
    assert json.loads(result.output)["erased"] == 4 - left
    assert len(kept(log)) == left
    assert log.run("erase", "--record", id_, *(fields or ("--field", "email")), *WHY).exit_code == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--value", "email", "nobody", *WHY], 1, ""),
        (WHY, 2, "say --record ID, or --value"),
        (["--value", "email", ANN, "--field", "ip", *WHY], 2, "--field goes with --record"),
        (["--value", "email", ANN], 2, "--reason"),
        (["--value", "email", ANN, "--reason", " "], 2, "--reason is empty"),
    ],
)
def test_it_ends_in_words(log: Place, words: list[str], code: int, says: str) -> None:
    result = log.run("erase", *words)
    assert (result.exit_code, says in result.stderr) == (code, True)
    assert len(kept(log)) == 4


def test_killed_in_between_the_next_call_erases(log: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> int:
        raise SystemExit(137)

    monkeypatch.setattr(erasure, "in_the_tree", killed)
    assert log.run("erase", "--value", "email", BOB, *WHY).exit_code == 137
    monkeypatch.undo()
    assert (2, "email", BOB) in kept(log)
    log.run("erase", "--value", "email", BOB, *WHY)
    assert (2, "email", BOB) not in kept(log)
    assert len(declared(log)) == 2


def test_a_record_is_named_by_its_position_too(log: Place) -> None:
    assert log.run("erase", "--record", "2", *WHY).exit_code == 0
    assert [pos for pos, _, _ in kept(log)] == [1, 1, 3]
    result = log.run("erase", "--record", "99", *WHY)
    assert (result.exit_code, result.stderr) == (1, "there is no record 99\n")
