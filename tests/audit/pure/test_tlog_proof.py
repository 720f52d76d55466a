"""Proof files: they verify with the trust file alone, and nothing else verifies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitorgen_exporters.audit.checkpoint import Checkpoint
from monitorgen_exporters.audit.note import (
    COSIGNATURE_V1,
    SigningKey,
    add_signatures,
    sign_note,
    signature_line,
)
from monitorgen_exporters.audit.tlog_proof import InclusionProof, format_proof, parse_proof, verify_proof
from monitorgen_exporters.audit.tree import Frontier, ProofError, inclusion_proof, leaf_hash, node_hash
from monitorgen_exporters.audit.trust import Trust, TrustedKey

ORIGIN = "example.org/audit/main/1"
KEY = SigningKey(ORIGIN, bytes(range(32)))
WITNESS = SigningKey("witness.example/w", bytes(range(1, 33)), COSIGNATURE_V1)
TRUST = Trust(ORIGIN, (TrustedKey(KEY.verifier),))
STRICT = Trust(ORIGIN, (TrustedKey(KEY.verifier),), (WITNESS.verifier,), quorum=1)
BODIES = [f"record {number}".encode() for number in range(11)]


def hash_at(level: int, index: int) -> bytes:
    if level == 0:
        return leaf_hash(BODIES[index])
    return node_hash(hash_at(level - 1, 2 * index), hash_at(level - 1, 2 * index + 1))


def made(index: int, size: int = 11, *, extra: bytes | None = None, origin: str = ORIGIN) -> InclusionProof:
    frontier = Frontier()
    frontier.extend(leaf_hash(body) for body in BODIES[:size])
    note = sign_note(Checkpoint(origin, size, frontier.root()).text, KEY)
    return InclusionProof(index, tuple(inclusion_proof(index, size, hash_at)), note, extra)


GOOD = format_proof(made(4, extra=BODIES[4]))


@pytest.mark.parametrize("size", [1, 2, 7, 8, 11])
def test_each_record_is_proved_and_no_other_in_its_place(size: int) -> None:
    for index in range(size):
        plain = format_proof(made(index, size))
        proven = verify_proof(plain, TRUST, BODIES[index])
        assert (proven.index, proven.body) == (index, BODIES[index])
        assert proven.sealed.checkpoint.size == size
        with pytest.raises(ProofError):
            verify_proof(plain, TRUST, BODIES[index] + b" ")
        with pytest.raises(ProofError, match="does not hold its record"):
            verify_proof(plain, TRUST)
        alone = format_proof(made(index, size, extra=BODIES[index]))
        assert verify_proof(alone, TRUST).body == BODIES[index]
        assert parse_proof(alone) == made(index, size, extra=BODIES[index])


def test_the_form_is_that_of_the_specification() -> None:
    lines = GOOD.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra cmVjb3JkIDQ="
    assert lines[2] == "index 4"
    assert lines[7:10] == ["", ORIGIN, "11"]
    assert GOOD.endswith(made(4).checkpoint_note)


@pytest.mark.parametrize("at", range(len(GOOD)))
def test_every_changed_byte_is_found(at: int) -> None:
    changed = bytearray(GOOD)
    changed[at] ^= 1
    with pytest.raises(ProofError):
        verify_proof(bytes(changed), TRUST)
    with pytest.raises(ProofError):
        verify_proof(GOOD[:at], TRUST)


def test_the_trust_file_decides() -> None:
    other = SigningKey(ORIGIN, bytes(32))
    with pytest.raises(ProofError, match="no signature by a key that is trusted"):
        verify_proof(GOOD, Trust(ORIGIN, (TrustedKey(other.verifier),)))
    with pytest.raises(ProofError, match="may sign sizes"):
        verify_proof(GOOD, Trust(ORIGIN, (TrustedKey(KEY.verifier, 0, 10, "compromised"),)))
    elsewhere = format_proof(made(4, extra=BODIES[4], origin="example.org/audit/main/2"))
    with pytest.raises(ProofError, match="not of example"):
        verify_proof(elsewhere, TRUST)


def test_as_many_witnesses_are_needed_as_the_trust_file_asks() -> None:
    with pytest.raises(ProofError, match="0 trusted witnesses cosigned; 1 have to"):
        verify_proof(GOOD, STRICT)
    text = TRUST.open_checkpoint(made(4).checkpoint_note).note.text
    note = add_signatures(made(4).checkpoint_note, signature_line(text, WITNESS))
    cosigned = format_proof(InclusionProof(4, made(4).proof, note, BODIES[4]))
    assert verify_proof(cosigned, STRICT).sealed.witnesses == (WITNESS.verifier,)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"c2sp.org/tlog-proof@v1\n\n",
        GOOD.replace(b"@v1", b"@v2"),
        GOOD.replace(b"index 4", b"index 04"),
        GOOD.replace(b"index 4", b"index -4"),
        GOOD.replace(b"index 4", b"index"),
        GOOD.replace(b"index 4", b"index 9223372036854775807"),
        GOOD.replace(b"index 4\n", b""),
        GOOD.replace(b"index 4\n", b"index 4\nAAAA\n"),
        GOOD.replace(b"index 4\n", b"index 4\nextra AAAA\n"),
        GOOD.replace(b"index 4\n", b"index 4\n" + b"A" * 43 + b"=\n"),
        GOOD.replace(b"index 4\n", b"index 4\n" + (b"A" * 43 + b"=\n") * 60),
        GOOD.replace(b"extra cmVjb3JkIDQ=", b"extra cmVjb3JkIDQ"),
        GOOD.replace(b"extra cmVjb3JkIDQ=", "extra \u00e9".encode()),
        GOOD.replace(b"\n\n", b"\n", 1),
        GOOD.replace(b"\n", b"\r\n"),
        b"x" * (4 << 20),
    ],
)
def test_other_files_are_refused(body: bytes) -> None:
    with pytest.raises(ProofError):
        verify_proof(body, TRUST, BODIES[4])


def test_parts_that_fit_no_file_are_refused() -> None:
    note = made(4).checkpoint_note
    for proof in (
        InclusionProof(-1, (), note),
        InclusionProof(0, (b"short",), note),
        InclusionProof(0, (), b"no note"),
        InclusionProof(0, (bytes(32),) * 64, note),
        InclusionProof(0, (), note, bytes((1 << 20) + 1)),
    ):
        with pytest.raises(ProofError):
            format_proof(proof)


@settings(max_examples=50)
@given(st.integers(0, 10), st.integers(0, 10))
def test_a_proof_holds_for_its_own_index_only(index: int, other: int) -> None:
    proof = made(index)
    body = format_proof(InclusionProof(other, proof.proof, proof.checkpoint_note))
    if other == index:
        verify_proof(body, TRUST, BODIES[index])
    else:
        with pytest.raises(ProofError):
            verify_proof(body, TRUST, BODIES[index])
