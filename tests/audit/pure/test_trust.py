"""The trust file: who may sign what, and every fault of the file named."""

import pickle
from pathlib import Path

import pytest

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.note import COSIGNATURE_V1, NoteError, SigningKey, sign_note
from monitorgen_exporters.audit.trust import (
    Trust,
    TrustedKey,
    TrustError,
    dump_trust,
    load_trust,
    parse_trust,
    write_trust,
)

ORIGIN = "example.org/audit/main/1"
OLD = SigningKey(ORIGIN, bytes([1] * 32))
NEW = SigningKey(ORIGIN, bytes([2] * 32))
WITNESSES = [SigningKey(f"witness.example/{n}", bytes([n] * 32), COSIGNATURE_V1) for n in (3, 4, 5)]
TRUST = Trust(
    ORIGIN,
    (TrustedKey(OLD.verifier, 0, 500, "retired"), TrustedKey(NEW.verifier, 500)),
    tuple(key.verifier for key in WITNESSES),
    quorum=2,
)


def note_of(size: int, *keys: SigningKey, origin: str = ORIGIN) -> bytes:
    return sign_note(Checkpoint(origin, size, bytes(32)).text, *keys)


def test_the_file_gives_the_same_trust_back(tmp_path: Path) -> None:
    path = tmp_path / "trust.yml"
    write_trust(TRUST, path)
    assert load_trust(path) == TRUST
    assert parse_trust(dump_trust(TRUST).encode()) == TRUST
    assert list(tmp_path.iterdir()) == [path]
    assert pickle.loads(pickle.dumps(TRUST)) == TRUST  # noqa: S301


def test_a_short_file_written_by_hand() -> None:
    trust = parse_trust(f"origin: {ORIGIN}\nkeys:\n  - vkey: {OLD.verifier}\n".encode())
    assert trust == Trust(ORIGIN, (TrustedKey(OLD.verifier),))


@pytest.mark.parametrize(
    ("size", "keys"), [(0, [OLD]), (499, [OLD]), (500, [OLD, NEW]), (501, [NEW]), (2**40, [NEW])]
)
def test_a_size_has_its_keys(size: int, keys: list[SigningKey]) -> None:
    assert TRUST.keys_for(size) == tuple(key.verifier for key in keys)
    for key in (OLD, NEW):
        if key in keys:
            sealed = TRUST.open_checkpoint(note_of(size, key))
            assert sealed.signers == (key.verifier,)
            assert sealed.checkpoint.size == size
        else:
            with pytest.raises(NoteError, match="may sign sizes from"):
                TRUST.open_checkpoint(note_of(size, key))
    assert TRUST.open_checkpoint(note_of(size, OLD, NEW)).signers == TRUST.keys_for(size)


def test_witnesses_are_counted() -> None:
    for count in range(4):
        sealed = TRUST.open_checkpoint(note_of(500, NEW, *WITNESSES[:count]))
        assert len(sealed.witnesses) == count
        assert sealed.witnessed == (count >= 2)
        assert len(sealed.note.times) == count


def test_witnesses_alone_sign_nothing() -> None:
    with pytest.raises(NoteError, match="witnesses alone"):
        TRUST.open_checkpoint(note_of(5, *WITNESSES))


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(NoteError, match=r"of example\.org/audit/main/2, not of"):
        TRUST.open_checkpoint(note_of(5, OLD, origin="example.org/audit/main/2"))


def test_rotation_leaves_one_size_to_both_keys() -> None:
    trust = Trust(ORIGIN, (TrustedKey(OLD.verifier),)).rotated(NEW.verifier, 500)
    assert trust.keys == TRUST.keys


def test_a_compromised_key_is_believed_up_to_the_last_anchor() -> None:
    trust = Trust(ORIGIN, (TrustedKey(OLD.verifier),)).compromised(OLD.verifier, 300)
    assert trust.keys_for(300) == (OLD.verifier,)
    assert trust.keys_for(301) == ()
    with pytest.raises(NoteError, match=r"\(compromised\) may sign sizes from 0 to 300"):
        trust.open_checkpoint(note_of(301, OLD))
    assert trust.keys[0].status == "compromised"
    with pytest.raises(TrustError, match="there is no key"):
        trust.compromised(NEW.verifier, 3)


KEY = f"vkey: {OLD.verifier}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the file: is no mapping"),
        ("[]", "the file: is no mapping"),
        ("origin: a", "keys is missing"),
        ("origin: a\nkeys: []", "keys: there is none"),
        ("origin: a\nkeys: {}", "keys: is no list"),
        ("origin: [a]\nkeys: []", "origin: is no text"),
        ("origin: ''\nkeys: []", "origin: the origin of a checkpoint is one line"),
        ("origin: a\nkeys: [x]", "keys[0]: is no mapping with vkey"),
        ("origin: a\nkeys: [{vkey: x}]", "keys[0].vkey: the text of a key is"),
        ("origin: a\nkeys: [{vkey: [x]}]", "keys[0].vkey: is no text"),
        (f"origin: a\nkeys: [{{{KEY}, colour: red}}]", "'colour' is no field"),
        (f"origin: a\nkeys: [{{{KEY}, from_size: -1}}]", "keys[0].from_size: is no whole number"),
        (f"origin: a\nkeys: [{{{KEY}, from_size: 0x10}}]", "keys[0].from_size: is no whole number"),
        (f"origin: a\nkeys: [{{{KEY}, from_size: {'9' * 5000}}}]", "keys[0].from_size: is no whole"),
        (f"origin: a\nkeys: [{{{KEY}, status: fine}}]", "keys[0].status: is one of"),
        (f"origin: a\nkeys: [{{{KEY}, status: retired}}]", "keys[0]: is retired, so it needs a to_size"),
        (f"origin: a\nkeys: [{{{KEY}, to_size: 5}}]", "keys[0]: has a to_size"),
        (f"origin: a\nkeys: [{{{KEY}, from_size: 5}}]", "no key covers the sizes from 0 to 4"),
        (f"origin: a\nkeys: [{{{KEY}, from_size: 5, to_size: 4, status: retired}}]", "before it begins"),
        (
            f"origin: a\nkeys: [{{{KEY}, to_size: 5, status: retired}}, "
            f"{{vkey: {NEW.verifier}, from_size: 7}}]",
            "no key covers the sizes from 6 to 6",
        ),
        (f"origin: a\nkeys: [{{{KEY}}}, {{{KEY}}}]", "stands 2 times"),
        (f"origin: a\nkeys: [{{vkey: {WITNESSES[0].verifier}}}]", "is a witness's key"),
        (f"origin: a\nkeys: [{{{KEY}}}]\nwitnesses: [{{{KEY}}}]", "is a log's key"),
        (f"origin: a\nkeys: [{{{KEY}}}]\nquorum: 1", "quorum: 1 of 0 witnesses"),
        (f"origin: a\nkeys: [{{{KEY}}}]\nquorum: x", "quorum: is no whole number"),
        ("origin: a\norigin: b\nkeys: []", "'origin' stands twice"),
        ("a: [", "no YAML"),
        ("\tx", "no YAML"),
        ("&a [*a]", "no YAML: found unconstructable"),
        ("? [a]\n: b", "no YAML"),
        ("\x00", "no YAML"),
        ("[" * 20_000, "nested too deep"),
        ("a: " + "x" * (1 << 18), "longer than"),
        ("!!python/object/apply:os.system [true]", "the file: is no mapping"),
    ],
)
def test_every_fault_is_named(text: str, fault: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_trust(text.encode())
    assert fault in str(caught.value)


def test_bytes_that_are_no_text() -> None:
    for body in (b"\xff\xfe\x00", b"\xff", b"\xfe\xff\xd8\x00", b"a: \xc3"):
        with pytest.raises(TrustError):
            parse_trust(body)


def test_all_faults_at_once() -> None:
    with pytest.raises(TrustError) as caught:
        parse_trust(b"origin: a\nkeys: [{vkey: x}, {vkey: y, status: z}]\nquorum: q\n")
    assert len(caught.value.faults) == 4


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match=r"none\.yml cannot be read: No such file"):
        load_trust(tmp_path / "none.yml")
    with pytest.raises(TrustError, match="cannot be read: Is a directory"):
        load_trust(tmp_path)
    (tmp_path / "bad.yml").write_text("[]")
    with pytest.raises(TrustError, match=r"bad\.yml: the file: is no mapping"):
        load_trust(tmp_path / "bad.yml")
