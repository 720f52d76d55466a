"""`audit verify` as a person and a program meet it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from monitorgen_exporters.audit.store.tables import COLUMNS
from monitorgen_exporters.audit.trust import write_trust
from tests.audit.verifier.logs import Log, sample
from tests.support.command_line import monitorgen

MONITORGEN = str(Path(sys.executable).with_name("monitorgen"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a log and its trust file."""
    log = sample(f"sqlite:///{tmp_path / 'log.db'}")
    write_trust(log.trust, tmp_path / "trust.yml")
    return tmp_path


def arguments(place: Path, *more: str) -> list[str]:
    return ["audit", "verify", "--log", str(place / "log.db"), "--trust", str(place / "trust.yml"), *more]


def tampered(place: Path) -> None:
    with Log(f"sqlite:///{place / 'log.db'}").attacked() as store:
        store.execute("UPDATE audit_record SET body = ? WHERE pos = 4", [b"{}"])


def test_intact_and_not_anchored(place: Path) -> None:
    result = monitorgen(*arguments(place))
    assert result.exit_code == 3
    lines = result.output.splitlines()
    assert lines[-2] == "INTACT, BUT NOT ANCHORED"
    assert lines[-1].startswith("Not proven: ")
    assert "no witness" in lines[-1]
    assert "\x1b" not in result.output


def test_tampered_with(place: Path) -> None:
    tampered(place)
    result = monitorgen(*arguments(place))
    assert result.exit_code == 1
    assert "first fault: body-mismatch, position 4\n" in result.output
    assert result.output.splitlines()[-2] == "TAMPERED WITH"
    assert result.output.splitlines()[-1].startswith("Not proven: ")


def test_json(place: Path) -> None:
    result = monitorgen(*arguments(place, "--format", "json"))
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert (found["verdict"], found["exit_code"], found["size"], found["checkpoints"]) == (
        "unanchored",
        3,
        9,
        3,
    )
    assert found["first_fault"] is None
    tampered(place)
    found = json.loads(monitorgen(*arguments(place, "--format", "json", "--hashes-only")).stdout)
    assert (found["first_fault"]["kind"], found["first_fault"]["position"]) == ("body-mismatch", 4)
    assert found["faults"] == {"body-mismatch": 1}
    assert found["not_proven"].startswith("Not proven: ")


def test_anchors_that_do_not_answer(place: Path) -> None:
    result = monitorgen(*arguments(place, "--prometheus", "http://127.0.0.1:9"))
    assert result.exit_code == 3
    assert "unreachable" in result.output


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (["--log", "nowhere.db"], 4, "nowhere.db"),
        (["--trust", "nowhere.yml"], 4, "nowhere.yml"),
        (["--guard", "nowhere"], 4, "nowhere"),
        (["--stale-after", "soon"], 2, "not a duration"),
        (["--seal-within", "soon"], 2, "not a duration"),
        (["--processes", "0"], 2, "processes"),
        (["--config", "nowhere.yml"], 4, "nowhere.yml"),
        (["--prometheus", "prometheus:9090"], 2, "http"),
    ],
)
def test_what_cannot_be_read_or_is_wrong(place: Path, wrong: list[str], code: int, said: str) -> None:
    result = monitorgen(*arguments(place, *wrong))
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_without_trust_file(place: Path) -> None:
    result = monitorgen("audit", "verify", "--log", str(place / "log.db"))
    assert result.exit_code == 2
    assert "--trust" in result.output


@pytest.mark.parametrize("text", [b"", b"origin: x", b"\x00", b"[" * 100_000, b"keys: {"])
def test_a_trust_file_that_is_none(place: Path, text: bytes) -> None:
    (place / "trust.yml").write_bytes(text)
    assert monitorgen(*arguments(place)).exit_code == 4


@pytest.mark.parametrize("text", [b"", b"SQLite format 3\x00", b"x" * 10_000])
def test_a_log_that_is_none(place: Path, text: bytes) -> None:
    (place / "log.db").write_bytes(text)
    for beside in ("log.db-wal", "log.db-shm"):
        (place / beside).unlink(missing_ok=True)
    assert monitorgen(*arguments(place)).exit_code == 4


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_a_log_that_lost_a_table(place: Path, table: str) -> None:
    with Log(f"sqlite:///{place / 'log.db'}").attacked() as store:
        store.execute(f"DROP TABLE {table}")
    result = monitorgen(*arguments(place))
    assert result.exit_code == 1
    assert "first fault: table-missing, no position\n" in result.output
    assert f"the table {table} is missing" in result.output
    found = json.loads(monitorgen(*arguments(place, "--format", "json")).output)
    assert (found["verdict"], found["faults"]) == ("tampered", {"table-missing": 1})
    assert (found["first_fault"]["position"], found["first_fault"]["until"]) == (None, None)
    assert found["place"] == str(place / "log.db")


def test_what_the_log_holds_cannot_command_the_terminal(place: Path) -> None:
    with Log(f"sqlite:///{place / 'log.db'}").attacked() as store:
        store.execute("UPDATE audit_record SET actor = ? WHERE pos = 4", ["user:\x1b]0;x\x07"])
        store.execute("UPDATE audit_checkpoint SET note = ? WHERE size = 5", [b"\x1b[2J\n\n\xe2\x80\x94 x"])
    output = monitorgen(*arguments(place)).output
    assert "\x1b" not in output
    assert "\x07" not in output


def test_colours_and_progress_on_a_terminal_alone(place: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen([MONITORGEN, *arguments(place)], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    assert process.wait(60) == 3
    os.close(ours)
    assert b"\x1b[33mINTACT, BUT NOT ANCHORED" in shown


def test_a_copy_on_a_medium_that_nobody_can_write_to(place: Path) -> None:
    for path in place.iterdir():
        path.chmod(0o400)
    place.chmod(0o500)
    try:
        assert monitorgen(*arguments(place)).exit_code == 3
    finally:
        place.chmod(0o700)
