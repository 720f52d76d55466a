"""What is kept of text from outside holds no secret, nothing a terminal obeys, and no more than its limit."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.receiver.effects.process import Output
from monitorgen_exporters.receiver.effects.redaction import HIDDEN, MARGIN, Redactor

KNOWN = 'hunter2/"+é'


def captured(data: bytes, keep: int) -> Output:
    """What a supervisor would keep of it."""
    rest = data[keep:]
    return Output(data[:keep], rest[-keep:], len(data))


@pytest.mark.parametrize(
    "text",
    [
        f"it is {KNOWN}, twice: {KNOWN}",
        "in a URL: hunter2%2F%22%2B%C3%A9",
        'in JSON: {"a": "hunter2/\\"+é"}',
    ],
)
def test_known_values_are_hidden_in_each_of_their_forms(text: str) -> None:
    shown = Redactor.of([KNOWN]).text(text, 1000)
    assert "hunter2" not in shown
    assert HIDDEN in shown


def test_each_line_of_a_value_counts() -> None:
    redactor = Redactor.of(["first line\nsecond line\n"])
    assert redactor.text("a second line, b first line, c", 100) == f"a {HIDDEN}, b {HIDDEN}, c"


def test_values_too_short_to_be_secrets_are_not_looked_for() -> None:
    assert Redactor.of(["a", ""]).text("a banana", 100) == "a banana"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("> Authorization: Bearer abc.def", f"> Authorization: {HIDDEN}"),
        ("proxy-authorization:Basic eHg=\nnext", f"proxy-authorization:{HIDDEN}\nnext"),
        ("Set-Cookie: a=b; c=d", f"Set-Cookie: {HIDDEN}"),
        ("X-Api-Key: 12", f"X-Api-Key: {HIDDEN}"),
        ('{"authorization": "Bearer q", "status": 5}', f'{{"authorization": {HIDDEN}", "status": 5}}'),
        ("token=abc next", f"token={HIDDEN} next"),
        ("PASSWORD: x1 next", f"PASSWORD: {HIDDEN} next"),
        ("Bearer abcdefghijklmnop.q next", f"Bearer {HIDDEN} next"),
        ("https://ann:pw@host/path?a=b", f"https://{HIDDEN}@host/path?a=b"),
        ("postgresql://ann@host", f"postgresql://{HIDDEN}@host"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nab-c\n-----END RSA PRIVATE KEY-----",
            f"-----BEGIN RSA PRIVATE KEY-----{HIDDEN}-----END RSA PRIVATE KEY-----",
        ),
        ("-----BEGIN PRIVATE KEY-----\nab", f"-----BEGIN PRIVATE KEY-----{HIDDEN}"),
        ("http://host/a@b is fine, so is a@b.example", "http://host/a@b is fine, so is a@b.example"),
        ("Basic authentication is off", "Basic authentication is off"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert Redactor.of().text(text, 1000) == shown


def test_patterns_of_the_settings_are_hidden() -> None:
    assert Redactor.of((), ["card [0-9]+"]).text("a card 123, b", 100) == f"a {HIDDEN}, b"


def test_text_is_bounded_and_says_so() -> None:
    assert Redactor.of().text("x" * 100, 10) == "x" * 10 + "[90 more characters]"


@pytest.mark.parametrize("cut", range(20))
def test_a_secret_across_the_cut_is_hidden_whole(cut: int) -> None:
    shown = Redactor.of(["0123456789"]).text("ab 0123456789 cd", cut)
    assert not set("0123456789") & set(shown.partition("[")[0])


@pytest.mark.parametrize("shift", range(12))
def test_a_secret_across_either_cut_of_an_output_is_hidden_whole(shift: int) -> None:
    limit = 200
    for place in (100 - shift, 20_000 - 100 - shift):
        data = b"." * place + b"0123456789" + b"." * (19_990 - place)
        shown = Redactor.of(["0123456789"]).output(captured(data, limit // 2 + MARGIN), limit)
        kept = [line for line in shown.splitlines() if "left out" not in line]
        assert not set("0123456789") & set("".join(kept))


@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_output_is_shown_within_bounds_as_printable_text(data: bytes, limit: int) -> None:
    shown = Redactor.of().output(captured(data, limit // 2 + MARGIN), limit)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t" for c in shown)
    # A byte that is no UTF-8 is four characters, a character that is shown as an escape has ten at most.
    assert len(shown) <= 10 * limit + 40
    shown.encode()


@given(st.text("ab\n:=@/"), st.text("αβγ", min_size=4), st.text("ab\n:=@/"), st.integers(0, 100))
def test_nothing_of_a_value_is_ever_shown(before: str, value: str, after: str, limit: int) -> None:
    shown = Redactor.of([value]).text(before + value + after, limit)
    assert not set("αβγ") & set(shown)


def test_bytes_that_are_no_text_and_control_characters_are_shown_as_escapes() -> None:
    data = b"ok \xff\xfe\x00 \x1b[2J \r\n\ttab " + "\u202e \x85 é".encode()
    assert Redactor.of().output(captured(data, 5000), 1000) == (
        "ok \\xff\\xfe\\x00 \\x1b[2J \\r\n\ttab \\u202e \\x85 é"
    )


def test_the_start_and_the_end_of_a_long_output_are_kept() -> None:
    data = b"begin" + b"." * 10_000 + b"the end"
    shown = Redactor.of().output(captured(data, 10 + MARGIN), 20)
    assert shown == f"begin.....\n[{len(data) - 20} bytes left out]\n...the end"


def test_a_long_text_made_to_keep_patterns_busy_is_looked_through_at_once() -> None:
    redactor = Redactor.of(["secret value"])
    for piece in (
        "authorization",
        "token: ",
        "://",
        "bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "a@",
        '"',
        " ",
    ):
        redactor.text(piece * (2**20 // len(piece)), 100)
