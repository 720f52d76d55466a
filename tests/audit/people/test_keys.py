"""`monitorgen audit keys`: made, listed, changed with both signatures, believed as far as an anchor."""

import json
from pathlib import Path

import pytest

from monitorgen_exporters.audit import keyfile
from monitorgen_exporters.audit.declared import Rotated
from monitorgen_exporters.audit.issuing import newest_checkpoint
from monitorgen_exporters.audit.keyfile import KeyFileError
from monitorgen_exporters.audit.note import (
    COSIGNATURE_V1,
    ED25519,
    NoteError,
    SigningKey,
    VerifierKey,
    open_note,
)
from monitorgen_exporters.audit.opening import open_log
from monitorgen_exporters.audit.search import Query, find
from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.trust import load_trust
from tests.audit.people.logs import Place, entry
from tests.support.command_line import monitorgen


def newest(place: Place) -> bytes:
    with open_store(place.url, readonly=True) as store:
        note = newest_checkpoint(store)
    assert note is not None
    return note


def declared(place: Place) -> Rotated:
    with open_store(place.url, readonly=True) as store:
        (found,) = find(store, Query(types=("key.rotated",)))
    assert found.record is not None
    return Rotated.read(found.record)


def next_key(place: Place) -> tuple[Path, VerifierKey]:
    file = place.folder / "next.key"
    result = place.run("keys", "generate", file)
    assert result.exit_code == 0, result.stderr
    return file, VerifierKey.parse(result.stdout.strip())


def test_generate_writes_a_key_and_who_is_to_believe_it(sqlite_place: Place) -> None:
    place = sqlite_place
    place.trust_file.unlink()
    file, vkey = next_key(place)
    assert file.stat().st_mode & 0o777 == 0o600
    assert keyfile.load(file).verifier == vkey
    assert vkey.name == "acme/audit/monitoring"
    trust = load_trust(place.trust_file)
    assert (trust.origin, trust.keys[0].vkey) == ("acme/audit/monitoring/1", vkey)
    again = place.run("keys", "generate", file)
    assert (again.exit_code, "never written over" in again.stderr) == (4, True)
    assert file.read_text().strip() not in again.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "say what it signs as"),
        (["--name", "a", "--trust", "t.yml"], "say which log"),
        (["--name", "a b"], "blanks"),
    ],
)
def test_generate_ends_in_words(words: list[str], says: str, tmp_path: Path) -> None:
    result = monitorgen("audit", "keys", "generate", tmp_path / "k", *words)
    assert says in result.stderr
    assert result.exit_code in (2, 4)


def test_list(sqlite_place: Place) -> None:
    text = sqlite_place.run("keys", "list").output
    assert "acme/audit/monitoring/1" in text
    assert "active       sizes from 0 on" in text
    said = json.loads(sqlite_place.run("keys", "list", "--format", "json").output)
    assert said["keys"][0]["vkey"] == str(sqlite_place.key.verifier)
    sqlite_place.trust_file.write_text("keys: 7")
    broken = sqlite_place.run("keys", "list")
    assert (broken.exit_code, "origin" in broken.stderr) == (4, True)


def test_rotate(place: Place) -> None:
    place.fill([entry("a.b") for _ in range(3)])
    before = newest(place)
    file, vkey = next_key(place)
    result = place.run("keys", "rotate", file, "--reason", "yearly", "--operator", "ann")
    assert result.exit_code == 0, result.stderr
    both = open_note(newest(place), [place.key.verifier, vkey])
    assert set(both.verified) == {place.key.verifier, vkey}
    said = declared(place)
    assert (said.new, said.old, said.compromised) == (str(vkey), str(place.key.verifier), False)
    trust = load_trust(place.trust_file)
    assert [(key.from_size, key.to_size, key.status) for key in trust.keys] == [
        (0, 5, "retired"),
        (5, None, "active"),
    ]
    place.write(key={"file": str(file)})
    place.fill([entry("a.b")])
    trust.open_checkpoint(before)
    assert trust.open_checkpoint(newest(place)).signers == (vkey,)


def test_the_old_key_signs_no_new_history(place: Place) -> None:
    place.fill([entry("a.b")])
    place.run("keys", "rotate", next_key(place)[0])
    place.write(trust=None)  # a thief has no use for it
    place.fill([entry("a.b")])
    with pytest.raises(NoteError, match="may sign sizes from 0 to 3"):
        load_trust(place.trust_file).open_checkpoint(newest(place))


def test_a_key_that_was_rotated_out_is_not_signed_with(place: Place) -> None:
    place.fill([entry("a.b")])
    place.run("keys", "rotate", next_key(place)[0])
    before = newest(place)
    with pytest.raises(KeyFileError, match="says that it is retired"):
        open_log(place.load())
    result = place.run("append", "--type", "a.b", "--subject", "a:b")  # a script that nobody told
    assert (result.exit_code, "not sealed" in result.stderr) == (0, True), result.stderr
    assert newest(place) == before
    again = place.run("keys", "rotate", place.folder / "next.key")
    assert (again.exit_code, "audit.key" in again.stderr) == (4, True)
    place.write(key={"file": str(place.folder / "next.key")})
    place.fill([entry("a.b")])
    assert load_trust(place.trust_file).open_checkpoint(newest(place)).checkpoint.size == 5


def test_a_key_that_the_trust_file_does_not_know_is_not_signed_with(place: Place) -> None:
    place.fill([entry("a.b")])
    file, _ = next_key(place)
    place.write(key={"file": str(file)})
    with pytest.raises(KeyFileError, match="does not know it"):
        open_log(place.load())


def test_the_witnesses_of_the_settings_go_into_a_new_trust_file(sqlite_place: Place) -> None:
    place = sqlite_place
    place.trust_file.unlink()
    witness = str(SigningKey.generate("witness.example/w1", COSIGNATURE_V1).verifier)
    named = {"witnesses": {"w": {"url": "https://w.example", "key": witness}}}
    place.write(anchors=named)
    place.trust_file.unlink()
    next_key(place)
    trust = load_trust(place.trust_file)
    assert ([str(key) for key in trust.witnesses], trust.quorum) == ([witness], 0)
    named["witnesses"]["w"]["key"] = "w.example+1+a"
    place.write(anchors=named)
    result = place.run("keys", "generate", place.folder / "other.key")
    assert (result.exit_code, "anchors.witnesses.w.key" in result.stderr) == (2, True)
    assert not (place.folder / "other.key").exists()


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE_V1])
def test_a_key_that_the_trust_file_cannot_take_leaves_no_trace(sqlite_place: Place, algorithm: int) -> None:
    place = sqlite_place
    place.fill([entry("a.b")])
    before, trust = newest(place), place.trust_file.read_text()
    file = place.folder / "audit.key"  # the active one
    if algorithm == COSIGNATURE_V1:
        file = place.folder / "witness.key"
        keyfile.generate(file, "witness.example/w1", algorithm)
    result = place.run("keys", "rotate", file)
    assert result.exit_code == 4
    assert newest(place) == before
    assert place.trust_file.read_text() == trust
    with open_store(place.url, readonly=True) as store:
        assert list(find(store, Query(types=("key",)))) == []


def test_rotate_waits_for_the_service_to_be_stopped(place: Place) -> None:
    place.fill([entry("a.b")])
    file, _ = next_key(place)
    trust = place.trust_file.read_text()
    with open_log(place.load()):
        result = place.run("keys", "rotate", file)
    assert (result.exit_code, "stop it, change the key" in result.stderr) == (4, True)
    assert place.trust_file.read_text() == trust
    with open_store(place.url, readonly=True) as store:
        assert list(find(store, Query(types=("key",)))) == []


@pytest.mark.parametrize("anchored", [True, False])
def test_compromised(place: Place, anchored: bool) -> None:
    place.fill([entry("a.b") for _ in range(3)])
    size = place.confirm() if anchored else 4
    kept = newest(place)
    place.fill([entry("a.b")])
    doubtful = newest(place)
    (place.folder / "audit.key").unlink()
    file, vkey = next_key(place)
    words = () if anchored else ("--last-good-size", "4")
    result = place.run("keys", "compromised", file, *words, "--reason", "laptop stolen")
    assert result.exit_code == 0, result.stderr
    assert (declared(place).compromised, size) == (True, 4)
    trust = load_trust(place.trust_file)
    assert [(key.from_size, key.to_size, key.status) for key in trust.keys] == [
        (0, 4, "compromised"),
        (5, None, "active"),
    ]
    trust.open_checkpoint(kept)
    assert trust.open_checkpoint(newest(place)).signers == (vkey,)
    with pytest.raises(NoteError):
        trust.open_checkpoint(doubtful)
    with open_store(place.url, readonly=True) as store:
        assert store.query("SELECT size FROM audit_checkpoint ORDER BY size") == [(4,), (6,)]


def test_compromised_without_an_anchor_asks(sqlite_place: Place) -> None:
    sqlite_place.fill([entry("a.b")])
    file, _ = next_key(sqlite_place)
    result = sqlite_place.run("keys", "compromised", file)
    assert (result.exit_code, "say --last-good-size" in result.stderr) == (1, True)
    unknown = sqlite_place.run("keys", "compromised", file, "--key-id", "00000000")
    assert (unknown.exit_code, "0 such keys" in unknown.stderr) == (1, True)
