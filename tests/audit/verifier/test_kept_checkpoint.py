"""A checkpoint that the auditor kept is an anchor: a note in a file, or size and root."""

import base64
import json
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.note import SigningKey, sign_note
from monitorgen_exporters.audit.trust import write_trust
from tests.audit.verifier.logs import KEY, ORIGIN, Log, sample
from tests.support.command_line import monitorgen


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Nine records, sealed at 3, 5 and 9, with a trust file beside."""
    made = sample(f"sqlite:///{tmp_path / 'log.db'}")
    write_trust(made.trust, tmp_path / "trust.yml")
    return made


def verify(folder: Path, *kept: str) -> tuple[int, str]:
    """Exit code and output."""
    more = [word for one in kept for word in ("--checkpoint", one)]
    trust = str(folder / "trust.yml")
    result = monitorgen("audit", "verify", "--log", str(folder / "log.db"), "--trust", trust, *more)
    return result.exit_code, result.output


def written(folder: Path, text: bytes) -> str:
    (folder / "kept.txt").write_bytes(text)
    return str(folder / "kept.txt")


def test_a_note(log: Log, tmp_path: Path) -> None:
    code, output = verify(tmp_path, written(tmp_path, log.note(9)))
    assert code == 0, output
    assert "kept.txt: agrees, 1 checkpoint compared, the newest of size 9" in output


def test_a_note_out_of_a_mail(log: Log, tmp_path: Path) -> None:
    text = b"\r\n" + log.note(9).replace(b"\n", b"\r\n") + b"\r\n"
    assert verify(tmp_path, written(tmp_path, text))[0] == 0


@pytest.mark.parametrize("form", ["base64", "hex", "HEX"])
def test_size_and_root(log: Log, tmp_path: Path, form: str) -> None:
    made = log.checkpoint()
    root = {"base64": base64.b64encode(made.root).decode(), "hex": made.root.hex()}.get(form)
    said = f"{made.size} {root or made.root.hex().upper()}"
    assert verify(tmp_path, said)[0] == 0
    assert verify(tmp_path, written(tmp_path, said.replace(" ", "\n").encode() + b"\n"))[0] == 0


def test_a_size_between_two_checkpoints(log: Log, tmp_path: Path) -> None:
    log.append(2)
    size_and_root = f"11 {log.checkpoint().root.hex()}"
    log.append(3)
    assert verify(tmp_path, size_and_root)[0] == 0


@pytest.mark.usefixtures("log")
def test_another_root(tmp_path: Path) -> None:
    code, output = verify(tmp_path, f"5 {bytes(32).hex()}")
    assert (code, "first fault: fork" in output) == (1, True), output


def test_a_log_that_was_cut_back_to_an_earlier_checkpoint(log: Log, tmp_path: Path) -> None:
    kept = f"9 {log.checkpoint().root.hex()}"
    log.rewrite(log.bodies()[:5])
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size > 5")
    assert verify(tmp_path)[0] == 3
    code, output = verify(tmp_path, kept)
    assert (code, "first fault: rolled-back, positions 5 to 8" in output) == (1, True), output
    assert "what a place outside has seen contradicts it" in output


def test_a_history_that_was_signed_anew(log: Log, tmp_path: Path) -> None:
    kept = log.note(9)
    bodies = log.bodies()
    log.rewrite([*bodies[:3], *bodies[4:], bodies[3]])
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size > 3")
    log.seal()
    assert verify(tmp_path)[0] == 3
    code, output = verify(tmp_path, written(tmp_path, kept))
    assert (code, "first fault: fork" in output) == (1, True), output


def test_a_note_that_the_log_keeps_no_more(log: Log, tmp_path: Path) -> None:
    kept = log.note(5)
    with log.attacked() as store:
        store.execute("DELETE FROM audit_checkpoint WHERE size = 5")
    code, output = verify(tmp_path, written(tmp_path, kept))
    assert (code, "checkpoint-removed" in output) == (1, True), output


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("key", "origin", "said"),
    [
        (SigningKey(ORIGIN, bytes(32)), ORIGIN, "is no evidence"),
        (KEY, "example.net/audit/main/1", "empty, 0 checkpoints compared; 1 of other logs"),
    ],
)
def test_what_is_no_evidence_neither_anchors_nor_accuses(
    tmp_path: Path, key: SigningKey, origin: str, said: str
) -> None:
    made = Checkpoint(origin, 9, bytes(32))
    code, output = verify(tmp_path, written(tmp_path, sign_note(made.text, key)))
    assert (code, said in output) == (3, True), output


def test_several(log: Log, tmp_path: Path) -> None:
    code, output = verify(tmp_path, written(tmp_path, log.note(9)), f"3 {bytes(32).hex()}")
    assert (code, output.count("anchor ") >= 2) == (1, True), output


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("9 x", 2),
        ("9 " + "0" * 62, 2),
        ("99999999999999999999 " + "0" * 64, 2),
        ("nowhere.txt", 4),
        ("9", 4),
        ("", 4),
        (".", 4),
        ("x\x00y", 4),
    ],
)
def test_what_is_no_checkpoint(tmp_path: Path, said: str, code: int) -> None:
    found, output = verify(tmp_path, said)
    assert (found, "Traceback" in output) == (code, False), output


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("text", [b"", b"x", b"\xff\x00", b"9 x", b"9\n\n", b"\n\n" * 1_000_000])
def test_a_file_that_holds_none(tmp_path: Path, text: bytes) -> None:
    code, output = verify(tmp_path, written(tmp_path, text))
    assert (code, "kept.txt" in output) == (4, True), output


def test_in_json(log: Log, tmp_path: Path) -> None:
    arguments = ["--log", str(tmp_path / "log.db"), "--trust", str(tmp_path / "trust.yml")]
    kept = f"9 {log.checkpoint().root.hex()}"
    result = monitorgen("audit", "verify", *arguments, "--format", "json", "--checkpoint", kept)
    (anchor,) = json.loads(result.stdout)["anchors"]
    assert (anchor["name"], anchor["verdict"], anchor["newest_size"]) == ("--checkpoint", "agrees", 9)
