"""Signed notes: the published vectors, and a reader that takes nothing but the form."""

import base64
import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.note import (
    COSIGNATURE_V1,
    MAX_NOTE_BYTES,
    NoteError,
    SigningKey,
    VerifierKey,
    add_signatures,
    open_note,
    read_note,
    sign_note,
    signature_line,
)

# The vectors of golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{LINE}".encode()
PETER = VerifierKey.parse(VKEY)

# The examples of c2sp.org/signed-note and c2sp.org/tlog-cosignature, whose keys are not published.
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u00e8 subito sera.\n\n"
    "\u2014 quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin"
    "1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
LOG = SigningKey("log.example/a", bytes(range(32)))
WITNESS = SigningKey("witness.example/w", bytes(range(1, 33)), COSIGNATURE_V1)


def test_the_published_note_verifies() -> None:
    note = open_note(NOTE, [PETER])
    assert (note.text, note.verified, note.unknown) == (TEXT, (PETER,), ())


def test_signing_gives_the_published_note() -> None:
    key = SigningKey.parse(SKEY)
    assert key.verifier == PETER
    assert sign_note(TEXT, key) == NOTE
    assert key.secret() == SKEY
    assert str(key.verifier) == VKEY


@pytest.mark.parametrize("at", range(len(NOTE)))
def test_every_changed_byte_of_the_published_note_is_found(at: int) -> None:
    changed = bytearray(NOTE)
    changed[at] ^= 1
    with pytest.raises(NoteError):
        open_note(bytes(changed), [PETER])


def test_the_examples_of_the_specification_have_the_form() -> None:
    assert read_note(QUASIMODO).text.endswith("di sole:\n\ned \u00e8 subito sera.\n")
    sofa = read_note(SOFA)
    assert [len(one.value) for one in sofa.signatures] == [64, 72]
    # The time of the cosignature that the specification prints.
    assert int.from_bytes(sofa.signatures[1].value[:8], "big") == 1679315147


def test_published_witness_keys_have_their_key_ids() -> None:
    for vkey in (
        "tracekit.example.org/log/0190f3a0-test+070965d6+AZsfhHkc/HZjBFhU04netcqVRJ2HXydqg4QLBgqznPxx",
        "witness.example.org/w1+257cc7f1+BGG3op9v3HIXXDPBmFc/0CioJHhGCXc+pyvvFPlBZdYO",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ):
        assert str(VerifierKey.parse(vkey)) == vkey


def test_every_part_and_every_changed_letter_of_a_vkey_is_refused() -> None:
    for begin in range(len(VKEY)):
        for end in range(begin, len(VKEY) + 1):
            if end - begin < len(VKEY):
                with pytest.raises(NoteError):
                    VerifierKey.parse(VKEY[begin:end])
    for at in range(len(VKEY)):
        with pytest.raises(NoteError):
            VerifierKey.parse(VKEY[:at] + chr(ord(VKEY[at]) + 1) + VKEY[at + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        # Wrong length, and an unknown signature type, each with a key id that fits (vectors of Go's tests).
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "",
        "a+b",
        "++",
        "a+00000000+",
        "\ud800+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_bad_vkeys(vkey: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize(
    "text", [VKEY, "", "PRIVATE+KEY+", SKEY[:-1], SKEY[:-4], SKEY.replace("c74f", "c740"), SKEY + "\n"]
)
def test_a_bad_private_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(NoteError) as caught:
        SigningKey.parse(text)
    assert "AYEKFALVFGy" not in str(caught.value)


def test_a_private_key_is_never_shown() -> None:
    key = SigningKey.parse(SKEY)
    for text in (repr(key), str(key), f"{key!r}"):
        assert "AYEK" not in text
        assert repr(key.seed) not in text
        assert key.seed.hex() not in text


def test_a_cosignature_bears_its_time() -> None:
    line = signature_line(TEXT, WITNESS, at=1679315147)
    value = base64.b64decode(line.split(b" ")[2])
    assert len(value) == 76
    note = add_signatures(sign_note(TEXT, LOG), line)
    opened = open_note(note, [LOG.verifier, WITNESS.verifier])
    assert opened.verified == (LOG.verifier, WITNESS.verifier)
    assert opened.times == {WITNESS.verifier: 1679315147}
    # What is signed is the text of the specification, with the time in it.
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    Ed25519PublicKey.from_public_bytes(WITNESS.verifier.public_key).verify(value[12:], message)
    later = value[:11] + bytes([value[11] + 1]) + value[12:]
    moved = b"\xe2\x80\x94 witness.example/w " + base64.b64encode(later) + b"\n"
    with pytest.raises(NoteError, match=r"by witness\.example/w .* is bad"):
        open_note(add_signatures(sign_note(TEXT, LOG), moved), [WITNESS.verifier])


def test_one_key_as_log_and_as_witness_has_two_key_ids() -> None:
    as_log = SigningKey(WITNESS.name, WITNESS.seed)
    assert as_log.verifier.key_id != WITNESS.verifier.key_id
    with pytest.raises(NoteError, match="no signature by a key that is trusted"):
        open_note(sign_note(TEXT, as_log), [WITNESS.verifier])


def test_unknown_keys_are_left_alone_even_with_a_known_name_or_id() -> None:
    namesake = SigningKey(LOG.name, bytes(32))
    note = sign_note(TEXT, namesake, LOG, WITNESS)
    opened = open_note(note, [LOG.verifier])
    assert opened.verified == (LOG.verifier,)
    assert [one.key_id for one in opened.unknown] == [namesake.verifier.key_id, WITNESS.verifier.key_id]
    same_id = f"\u2014 other {base64.b64encode(LOG.verifier.key_id + b'x').decode()}\n".encode()
    assert len(open_note(note + same_id, [LOG.verifier]).unknown) == 3


def test_one_bad_signature_by_a_known_key_spoils_the_note() -> None:
    bad = base64.b64encode(WITNESS.verifier.key_id + bytes(72)).decode()
    note = sign_note(TEXT, LOG) + f"\u2014 {WITNESS.name} {bad}\n".encode()
    assert open_note(note, [LOG.verifier]).verified == (LOG.verifier,)
    with pytest.raises(NoteError, match="is bad"):
        open_note(note, [LOG.verifier, WITNESS.verifier])


@pytest.mark.parametrize("length", [1, 7, 8, 9, 63, 64, 65, 71, 73, 200])
def test_signatures_of_a_wrong_length(length: int) -> None:
    for key in (LOG, WITNESS):
        value = base64.b64encode(key.verifier.key_id + b"\xff" * length).decode()
        note = f"{TEXT}\n\u2014 {key.name} {value}\n".encode()
        with pytest.raises(NoteError):
            open_note(note, [key.verifier])


def test_two_signatures_by_a_known_key_spoil_the_note() -> None:
    line = signature_line(TEXT, LOG)
    note = sign_note(TEXT, LOG) + line
    with pytest.raises(NoteError, match="two signatures"):
        open_note(note, [LOG.verifier])
    # By an unknown key they say nothing.
    both = sign_note(TEXT, LOG, WITNESS, WITNESS)
    assert len(open_note(both, [LOG.verifier]).unknown) == 2


def test_two_keys_with_one_name_and_key_id_are_ambiguous() -> None:
    forged = VerifierKey("log.example/a", bytes(32))
    object.__setattr__(forged, "key_id", LOG.verifier.key_id)
    with pytest.raises(NoteError, match="two keys share"):
        open_note(sign_note(TEXT, LOG), [LOG.verifier, forged])
    assert open_note(sign_note(TEXT, LOG), [LOG.verifier, LOG.verifier]).verified == (LOG.verifier,)


def test_a_hundred_signatures_are_read_and_no_more() -> None:
    keys = [SigningKey(f"k{number}", bytes([number] * 32)) for number in range(101)]
    note = sign_note(TEXT, *keys[:100])
    assert len(open_note(note, [key.verifier for key in keys]).verified) == 100
    with pytest.raises(NoteError, match="101 signatures"):
        open_note(note + signature_line(TEXT, keys[100]), [keys[0].verifier])
    with pytest.raises(NoteError, match="101 signatures"):
        sign_note(TEXT, *keys)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        LINE.encode(),
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + b"x\n",
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace(b"\xe2\x80\x94 ", b"- "),
        NOTE.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x93 "),
        NOTE.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94"),
        NOTE.replace(b" PeterNeumann ", b" PeterNeumann"),
        NOTE.replace(b" PeterNeumann ", b" PeterNeumann  "),
        NOTE.replace(b" PeterNeumann ", b"  "),
        NOTE.replace(b" PeterNeumann ", b" Peter+Neumann "),
        NOTE.replace(b" PeterNeumann ", b" Peter\xc2\xa0Neumann "),
        NOTE.replace(b"AM=\n", b"AM\n"),
        NOTE.replace(b"AM=\n", b"AM= \n"),
        NOTE.replace(b"AM=\n", b"AN=\n"),
        NOTE.replace(b"AM=\n", b"A-=\n"),
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(b"you think", b"you\tthink"),
        NOTE.replace(b"you think", b"you\x00think"),
        NOTE.replace(b"you think", b"you\xff"),
        "text\n\n\u2014 name AAAAAA==\n".encode(),
        "text\n\n\u2014 name \n".encode(),
        b"x" * (MAX_NOTE_BYTES + 1),
    ],
)
def test_malformed_notes(note: bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, [PETER])


@pytest.mark.parametrize(
    "text", ["", "no newline", "tab\there\n", "nul\x00\n", "return\r\n", "x" * MAX_NOTE_BYTES + "\n"]
)
def test_texts_that_cannot_be_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, LOG)


def test_a_note_has_a_signature() -> None:
    with pytest.raises(NoteError, match="at least one"):
        sign_note(TEXT)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=1, max_size=6))
def test_every_text_comes_back_as_it_was_signed(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    opened = open_note(sign_note(text, LOG, WITNESS), [LOG.verifier, WITNESS.verifier])
    assert opened.text == text
    assert len(opened.verified) == 2


def test_merging_signatures_leaves_out_those_that_are_there() -> None:
    note = sign_note(TEXT, LOG)
    line = signature_line(TEXT, WITNESS, at=1)
    both = add_signatures(note, line)
    assert both == note + line
    assert add_signatures(both, signature_line(TEXT, WITNESS, at=2) + signature_line(TEXT, LOG)) == both
    for bad in (b"junk\n", b"\xff\n", b"\n", line + b"\xe2\x80\x94 a b\n"):
        with pytest.raises(NoteError):
            add_signatures(note, bad)


def test_keys_can_be_sent_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(PETER)) == PETER  # noqa: S301
