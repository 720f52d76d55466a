"""Proofs: made of the log, good without it, and of nothing else."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from monitorgen_exporters.audit.note import COSIGNATURE_V1, SigningKey, add_signatures, signature_line
from monitorgen_exporters.audit.proving import Unprovable, prove
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.tlog_proof import verify_proof
from monitorgen_exporters.audit.tree import ProofError
from monitorgen_exporters.audit.trust import Trust, TrustedKey, write_trust
from tests.audit.verifier.logs import ORIGIN, Log, sample
from tests.support.command_line import monitorgen

MONITORGEN = str(Path(sys.executable).with_name("monitorgen"))
WITNESS = SigningKey("witness.example", bytes(range(3, 35)), COSIGNATURE_V1)


@pytest.fixture
def log(log_url: str) -> Log:
    """900 records, sealed at 300, 800 and 899."""
    made = sample(log_url, (300, 500, 99))
    made.append(1)
    return made


def test_every_record_under_a_checkpoint_has_a_proof(log: Log) -> None:
    bodies = log.bodies()
    with open_store(log.url, readonly=True) as store:
        for position in range(0, 899, 7):
            proof = prove(store, str(position), log.trust)
            proven = verify_proof(proof.text, log.trust)
            assert (proven.index, proven.body) == (position, bodies[position])
            assert (proof.position, proof.checkpoint_size, proof.holds_body) == (position, 899, True)
            assert prove(store, proof.id).text == proof.text


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("899", "no checkpoint covers it yet"),
        ("900", "there is no record"),
        ("9" * 40, "there is no record"),
        ("-1", "there is no record"),
        ("", "there is no record"),
        ("01a1fe92-3543-73e1-97f5-4171304df5d2", "there is no record"),
        ("\ud800", "there is no record"),
    ],
)
def test_what_has_none(log: Log, record: str, why: str) -> None:
    with open_store(log.url, readonly=True) as store, pytest.raises(Unprovable, match=why):
        prove(store, record)


def test_a_log_that_was_changed_gives_no_proof(log: Log) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET leaf = ? WHERE pos = 310", [bytes(32)])
    with open_store(log.url, readonly=True) as store:
        with pytest.raises(Unprovable, match="audit verify"):
            prove(store, "311")
        prove(store, "5")
        prove(store, "310")  # its own hash is made of its body


def test_a_body_that_was_changed_gives_no_proof(log: Log) -> None:
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET body = ? WHERE pos = 310", [b"{}"])
    with open_store(log.url, readonly=True) as store, pytest.raises(Unprovable, match="audit verify"):
        prove(store, "310")


def test_a_pruned_record_is_proven_with_its_text_beside(log: Log) -> None:
    body, other = log.bodies()[310:312]
    with log.attacked() as store:
        store.execute("UPDATE audit_record SET body = NULL WHERE pos = 310")
    with open_store(log.url, readonly=True) as store:
        proof = prove(store, "310")
    assert not proof.holds_body
    assert verify_proof(proof.text, log.trust, body).index == 310
    for beside in (None, b"{}", other):
        with pytest.raises(ProofError):
            verify_proof(proof.text, log.trust, beside)


def test_the_proof_leads_to_a_checkpoint_with_enough_witnesses(log: Log) -> None:
    trust = replace(log.trust, witnesses=(WITNESS.verifier,), quorum=1)
    with open_store(log.url, readonly=True) as store, pytest.raises(Unprovable, match="cosignatures"):
        prove(store, "5", trust)
    note = log.note(800)
    text = note.rpartition(b"\n\n")[0].decode() + "\n"
    with log.attacked() as store:
        cosigned = add_signatures(note, signature_line(text, WITNESS))
        store.execute("UPDATE audit_checkpoint SET note = ? WHERE size = 800", [cosigned])
    with open_store(log.url, readonly=True) as store:
        proof = prove(store, "5", trust)
    assert proof.checkpoint_size == 800
    assert verify_proof(proof.text, trust).sealed.witnessed


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a log, its trust file and a proof."""
    log = sample(f"sqlite:///{tmp_path / 'log.db'}", (20, 7))
    write_trust(log.trust, tmp_path / "trust.yml")
    assert monitorgen("audit", "prove", "8", *_of(tmp_path), "-o", str(tmp_path / "proof")).exit_code == 0
    return tmp_path


def _of(place: Path) -> list[str]:
    return ["--log", str(place / "log.db"), "--trust", str(place / "trust.yml")]


def _judge(place: Path, *more: str) -> tuple[int, str]:
    trust = str(place / "trust.yml")
    result = monitorgen("audit", "verify-proof", str(place / "proof"), "--trust", trust, *more)
    return result.exit_code, result.output


def test_on_another_machine(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A folder with the proof and the trust file alone."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("proof", "trust.yml"):
        (elsewhere / name).write_bytes((place / name).read_bytes())
    (place / "log.db").unlink()
    done = subprocess.run(
        [MONITORGEN, "audit", "verify-proof", "proof", "--trust", "trust.yml"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "PROVEN\nNot proven: " in done.stdout
    assert sorted(path.name for path in elsewhere.iterdir()) == ["proof", "trust.yml"]


def test_each_byte_of_a_proof_flipped(place: Path) -> None:
    trust = Trust(ORIGIN, Log("x").trust.keys)
    whole = (place / "proof").read_bytes()
    verify_proof(whole, trust)
    for at in range(len(whole)):
        for bit in (1, 0x20, 0x80):
            with pytest.raises(ProofError):
                verify_proof(whole[:at] + bytes((whole[at] ^ bit,)) + whole[at + 1 :], trust)


def test_each_truncation_of_a_proof(place: Path) -> None:
    whole = (place / "proof").read_bytes()
    for end in range(len(whole)):
        with pytest.raises(ProofError):
            verify_proof(whole[:end], Log("x").trust)


def test_json(place: Path) -> None:
    code, output = _judge(place, "--format", "json")
    found = json.loads(output)
    assert (code, found["proven"], found["position"], found["checkpoint"]) == (0, True, 8, 27)
    assert found["record"]["id"] == found["id"]
    (place / "proof").write_bytes(b"c2sp.org/tlog-proof@v1\nindex 8\n\n")
    code, output = _judge(place, "--format", "json")
    assert (code, json.loads(output)["proven"]) == (1, False)


@pytest.mark.parametrize("text", [b"", b"\xff", b"c2sp.org/tlog-proof@v1\n", b"\n" * 1000, b"x" * 9_000_000])
def test_what_is_no_proof(place: Path, text: bytes) -> None:
    (place / "proof").write_bytes(text)
    code, output = _judge(place)
    assert (code, "Traceback" in output) == (4 if len(text) > 8_000_000 else 1, False)


def test_other_keys_prove_nothing(place: Path) -> None:
    stranger = SigningKey(ORIGIN, bytes(range(9, 41)))
    write_trust(Trust(ORIGIN, (TrustedKey(stranger.verifier),)), place / "trust.yml")
    code, output = _judge(place)
    assert code == 1
    assert "NOT PROVEN" in output


def test_another_record_beside_the_proof(place: Path) -> None:
    (place / "record").write_bytes(b"{}")
    assert _judge(place, "--record", str(place / "record"))[0] == 1
    assert _judge(place, "--record", str(place / "nothing"))[0] == 4


def test_to_standard_output_and_by_default_beside(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    result = monitorgen("audit", "prove", "8", *_of(place), "-o", "-")
    assert result.stdout_bytes == (place / "proof").read_bytes()
    assert monitorgen("audit", "prove", "3", *_of(place)).exit_code == 0
    assert len(list(place.glob("*.tlog-proof"))) == 1
    assert monitorgen("audit", "prove", "99", *_of(place)).exit_code == 1
    assert monitorgen("audit", "prove", "3", *_of(place), "-o", "no/such/folder").exit_code == 4
