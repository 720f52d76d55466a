"""`monitorgen audit append`: durable when its id is printed, filtered and with personal values apart."""

import json
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import claimed_checkpoint
from monitorgen_exporters.audit.issuing import newest_checkpoint
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.opening import open_log
from monitorgen_exporters.audit.personal import values_of
from monitorgen_exporters.audit.search import Found, Query, find
from monitorgen_exporters.audit.stamps import uuid7
from monitorgen_exporters.audit.store import open_store
from tests.audit.people.logs import Place
from tests.support.command_line import monitorgen

WORDS = ("append", "--type", "silence.created", "--actor", "user:ann", "--subject", "silence:7")


def newest(place: Place) -> Found:
    with open_store(place.url, readonly=True) as store:
        return next(find(store, Query()))


def test_the_first_one_makes_the_log_and_seals_it(place: Place) -> None:
    result = place.run(*WORDS, "--incident", "INC-1", "--severity", "high", "--data", '{"n": 1}')
    assert result.exit_code == 0, result.stderr
    found = newest(place)
    assert (found.id, found.position) == (result.output.strip(), 1)
    assert found.record is not None
    assert found.record.data == {"n": 1, "incident": "INC-1", "severity": "high"}
    with open_store(place.url, readonly=True) as store:
        note = newest_checkpoint(store)
    assert note is not None
    assert claimed_checkpoint(note).size == 2
    assert claimed_checkpoint(note).origin == "acme/audit/monitoring/1"


def test_a_log_that_is_gone_is_not_taken_for_a_new_one(sqlite_place: Place) -> None:
    sqlite_place.run(*WORDS)
    for file in sqlite_place.folder.glob("log.db*"):
        file.unlink()
    result = sqlite_place.run(*WORDS)
    assert result.exit_code == 4
    assert "acme/audit/monitoring/1" in result.stderr
    assert not (sqlite_place.folder / "log.db").exists()


def test_a_log_is_not_begun_without_its_key(sqlite_place: Place) -> None:
    sqlite_place.write(key={"file": str(sqlite_place.folder / "none.key")})
    result = sqlite_place.run(*WORDS)
    assert result.exit_code == 4
    assert "none can be begun" in result.stderr
    assert "none.key" in result.stderr
    assert not (sqlite_place.folder / "log.db").exists()


def test_settings_that_cannot_be_used_are_no_fault_of_the_command_line(place: Place) -> None:
    place.config.write_text("a: [")
    result = place.run(*WORDS)
    assert (result.exit_code, "is no YAML" in result.stderr, "Usage" in result.stderr) == (4, True, False)


@pytest.mark.parametrize("type_", ["log.pruned", "log.anything", "record.erased", "key.rotated"])
def test_what_the_log_says_of_itself_nobody_else_says(place: Place, tmp_path: Path, type_: str) -> None:
    place.run(*WORDS)
    lines = tmp_path / "lines"
    lines.write_text(json.dumps({"type": type_, "actor": "user:ann", "subject": "log:x"}))
    for words in (("--type", type_, "--subject", "log:x"), ("--lines", lines)):
        result = place.run("append", *words)
        assert (result.exit_code, f"{type_} is for the log itself" in result.stderr) == (2, True)
    assert newest(place).position == 1


def test_a_severity_that_nobody_would_find_is_refused(place: Place) -> None:
    result = place.run(*WORDS, "--severity", "hihg")
    assert (result.exit_code, "they are info, low" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "words", [("show", "\udcff"), ("search", "--actor", "\udcff"), (*WORDS, "--incident", "\udcff")]
)
def test_bytes_that_are_no_text(sqlite_place: Place, words: tuple[str, ...]) -> None:
    sqlite_place.run(*WORDS)
    result = sqlite_place.run(*words)
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


def test_letters_are_shown_as_letters_and_what_a_terminal_obeys_is_not(sqlite_place: Place) -> None:
    data = json.dumps({"who": "Zoë Müller", "bell": "\a\x9b31m"})
    sqlite_place.run(*WORDS, "--data", data, "--personal", '{"name": "Ωmega 1"}')
    for words in (("show", "1"), ("search",)):
        shown = sqlite_place.run(*words).stdout
        assert "Zoë Müller" in shown
        assert not {"\a", "\x9b"} & set(shown)
    assert '"Ωmega 1"' in sqlite_place.run("show", "1").stdout


def test_an_id_of_ones_own_is_recorded_once(place: Place) -> None:
    id_ = uuid7()
    for _ in range(2):
        assert place.run(*WORDS, "--id", id_).output.strip() == id_
    again = place.run(*WORDS, "--id", id_, "--data", '{"other": true}')
    assert (again.exit_code, "another record with the id" in again.stderr) == (2, True)
    assert (newest(place).id, newest(place).position) == (id_, 1)


def test_personal_values_stand_apart(place: Place) -> None:
    place.write(personal=["email"])
    data = '{"email": "ann@acme.example", "n": 1}'
    result = place.run(*WORDS, "--data", data, "--personal", '{"ip": "192.0.2.1"}')
    assert result.exit_code == 0, result.stderr
    found = newest(place)
    assert found.body is not None
    assert b"ann@acme" not in found.body
    assert b"192.0.2.1" not in found.body
    with open_store(place.url, readonly=True) as store:
        kept = values_of(store, [found.id])[found.id]
    assert kept == {"email": "ann@acme.example", "ip": "192.0.2.1"}
    twice = place.run(*WORDS, "--data", data, "--personal", '{"email": "x"}')
    assert (twice.exit_code, "personal.email: is in data, too" in twice.stderr) == (2, True)


def test_filters_leave_out_and_say_why(sqlite_place: Place) -> None:
    place = sqlite_place
    place.write(filters={"silence": {"actions": ["deleted"]}})
    place.run("append", "--type", "a.b", "--subject", "a:b")
    out = place.run(*WORDS)
    assert (out.exit_code, out.output) == (0, "left out: filters.silence.actions does not name created\n")
    said = json.loads(place.run(*WORDS, "--format", "json").output)
    assert said == {"id": None, "left_out": "filters.silence.actions does not name created"}
    assert newest(place).position == 1


def test_lines(place: Place, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    some = [{"type": "a.b", "actor": "user:ann", "subject": "a:b", "data": {"n": n}} for n in range(1200)]
    lines.write_text("\n\n".join(map(json.dumps, some)) + "\n")
    result = place.run("append", "--lines", lines)
    assert len(set(result.output.split())) == 1200
    assert newest(place).position == 1200


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1:"),
        ("[]", "a line is a JSON object"),
        ('{"type": "a.b"}', "actor: is missing"),
        ('{"type": "a.b", "actor": "user:a", "subject": "a:b", "when": 1}', "'when' is not one of"),
        ('{"type": "A", "actor": "user:a", "subject": "a:b"}', "no category.action"),
        ('{"type": "a.b", "actor": "user:a", "subject": "a:b", "data": {"x": 1.5}}', "line 1: "),
        ('{"type": "a.b", "actor": "user:a", "subject": "a:b", "data": []}', "data: is no object"),
        ('{"type": "a.b", "type": "a.c"}', "line 1:"),
        ("[" * 3000, "line 1:"),
        ("\x00", "line 1:"),
    ],
)
def test_a_wrong_line_is_told_and_nothing_is_kept(
    sqlite_place: Place, line: str, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    file.write_text(line)
    result = sqlite_place.run("append", "--lines", file)
    assert (result.exit_code, says in result.stderr) == (2, True), result.stderr
    assert not Path(sqlite_place.url.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "say --type and --subject, or --lines"),
        (["--type", "a.b"], "say what it is about"),
        (["--type", "a.b", "--subject", "a"], "no kind:identity"),
        (["--type", "a.b", "--subject", "a:b", "--data", "1"], "is no JSON object"),
        (["--type", "a.b", "--subject", "a:b", "--data", '{"a": 1.5}'], "--data"),
        (["--type", "a.b", "--subject", "a:b", "--id", "7"], "no UUID of version 7"),
    ],
)
def test_a_wrong_call_is_told(sqlite_place: Place, words: list[str], says: str) -> None:
    result = sqlite_place.run("append", *words)
    assert (result.exit_code, says in result.stderr) == (2, True), result.stderr


def test_while_a_service_has_the_log_open_the_intake_takes_it(place: Place) -> None:
    with open_log(place.load()) as service:
        result = place.run(*WORDS)
        assert result.exit_code == 0
        service.tend()
        assert service.size == 2
    assert newest(place).id == result.output.strip()


def test_without_the_key_it_is_kept_and_not_sealed(place: Place) -> None:
    place.fill([])
    (place.folder / "audit.key").chmod(0o644)
    result = place.run(*WORDS)
    assert result.exit_code == 0
    assert "not sealed, which is left to who has the key" in result.stderr
    assert newest(place).id == result.stdout.strip()
    direct = monitorgen("audit", *WORDS, "--log", place.url)
    assert direct.exit_code == 0
    with AuditLog.open(place.url, background=False) as log:
        assert log.size == 3
