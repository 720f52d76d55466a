"""The body of add-checkpoint: what is written is read again, and nothing else is read at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.audit.witness.submission import (
    LARGEST,
    BadSubmission,
    format_submission,
    parse_submission,
)

HASH = base64.b64encode(bytes(range(32))).decode()


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(max_size=200),
)
def test_there_and_back(old: int, proof: list[bytes], note: bytes) -> None:
    found = parse_submission(format_submission(old, proof, note))
    assert (found.old, list(found.proof), found.note) == (old, proof, note)


def test_the_example_of_the_specification() -> None:
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "\n"
        "example.com/behind-the-sofa\n20852163\n"
    )
    found = parse_submission(body.encode())
    assert (found.old, len(found.proof)) == (20852014, 2)
    assert found.note.startswith(b"example.com/behind-the-sofa\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = parse_submission(body)
    except BadSubmission:
        return
    assert format_submission(found.old, found.proof, found.note) == body


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 1",
        "old 1\n",
        "\n\nnote",
        "old\n\nnote",
        "old 01\n\nnote",
        "old -1\n\nnote",
        "old +1\n\nnote",
        "old 1 \n\nnote",
        "old  1\n\nnote",
        "Old 1\n\nnote",
        "old 1\r\n\r\nnote",
        "old \u0663\n\nnote",
        "old 99999999999999999999\n\nnote",
        f"old 1\n{HASH} \n\nnote",
        f"old 1\n{HASH[:-4]}\n\nnote",
        f"old 1\n{HASH[:-2]}9=\n\nnote",
        f"old 1\n{HASH[:-1]}\n\nnote",
        "old 1\n" + f"{HASH}\n" * 64 + "\nnote",
        "old 1\n\n" + "x" * LARGEST,
    ],
)
def test_what_departs_from_the_form_is_refused(body: str) -> None:
    with pytest.raises(BadSubmission):
        parse_submission(body.encode())
