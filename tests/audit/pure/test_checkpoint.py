"""Checkpoints: one text each, in both directions."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.checkpoint import (
    MAX_SIZE,
    Checkpoint,
    Origin,
    claimed_checkpoint,
    parse_checkpoint,
)
from monitorgen_exporters.audit.note import NoteError, SigningKey, sign_note

# The example of c2sp.org/tlog-checkpoint.
SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_example_of_the_specification() -> None:
    checkpoint = parse_checkpoint(SOFA)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert base64.b64encode(checkpoint.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    assert checkpoint.text == SOFA
    assert parse_checkpoint(SOFA + "extension\n").extensions == ("extension",)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30),
    st.integers(0, MAX_SIZE),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9), max_size=2),
)
def test_every_checkpoint_comes_back(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert parse_checkpoint(checkpoint.text) == checkpoint
    note = sign_note(checkpoint.text, SigningKey("k", bytes(32)))
    assert claimed_checkpoint(note) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        SOFA[:-1],
        SOFA + "\n",
        SOFA + "a\n\nb\n",
        SOFA.replace("20852163", "020852163"),
        SOFA.replace("20852163", "+20852163"),
        SOFA.replace("20852163", "-1"),
        SOFA.replace("20852163", "2_0"),
        SOFA.replace("20852163", "\u0662"),
        SOFA.replace("20852163", ""),
        SOFA.replace("20852163", "9223372036854775808"),
        SOFA.replace("20852163", "9" * 5000),
        SOFA.replace("q2I=", "q2I"),
        SOFA.replace("q2I=", "q2J="),
        SOFA.replace("q2I=", "qw=="),
        SOFA.replace("example.com/behind-the-sofa", ""),
        "origin\n5\n",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_a_note_that_is_no_checkpoint_claims_none() -> None:
    for note in (b"", b"x", sign_note("hello\n", SigningKey("k", bytes(32)))):
        with pytest.raises(NoteError):
            claimed_checkpoint(note)


def test_origins_have_four_parts() -> None:
    origin = Origin.parse("example.org/audit/main/1")
    assert origin == Origin("example.org", "main", 1)
    assert str(origin.next()) == "example.org/audit/main/2"
    assert Origin.parse("example.org/team/audit/main/12").org == "example.org/team"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "example.org/audit/main",
        "example.org/log/main/1",
        "example.org/audit/main/0",
        "example.org/audit/main/01",
        "example.org/audit/main/x",
        "example.org/audit/ma in/1",
        "/audit/main/1",
        "a+b/audit/main/1",
        "example.org/audit/main/1\n",
        "example.org/audit/main/" + "9" * 19,
    ],
)
def test_other_origins_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Origin.parse(text)
