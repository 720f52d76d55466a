"""Diagnostics on a terminal: the rendered text, character by character."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.model.diagnostic import Code, Diagnostic, Related, Severity
from monitorgen.model.span import Span
from monitorgen.review.diagnostics import text
from monitorgen.source.node import Source

ERROR = Code("MG0001", "Wrong", why="It is wrong.")
WARNING = Code("MG0002", "Doubtful", why="It may be wrong.", severity=Severity.WARNING)
INFO = Code("MG0003", "Note", why="It is so.", severity=Severity.INFO)


def under(content: str, part: str, *, file: str = "a.yaml") -> tuple[Source, Span]:
    source = Source(file, content)
    at = content.index(part)
    return source, source.span(at, at + len(part))


def render(diagnostics: list[Diagnostic], *sources: Source, color: bool = False) -> str:
    return text.render(diagnostics, {source.path: source for source in sources}, {}, color)


def snippet(content: str, part: str) -> list[str]:
    """The line and the carets as shown, without the gutter."""
    source, span = under(content, part)
    shown = render([ERROR.at(span, "wrong")], source).splitlines()
    return [line.partition("| ")[2] for line in shown[1:3]]


def test_everything_a_diagnostic_has() -> None:
    first, early = under("services:\n  shop:\n    team: ops\n", "team", file="spec/a.yaml")
    second, late = under("\n" * 9 + "services: {shop: {team: web}}\n", "team", file="spec/b.yaml")
    diagnostic = Diagnostic(
        "MG0120",
        Severity.ERROR,
        "`services.shop.team` is already given elsewhere",
        late,
        hint="remove one of the two",
        related=(Related("first given here", early),),
        owner="web",
    )
    other = WARNING.at(early, "who is `ops`?")
    assert render([diagnostic, other, other, INFO.at(None, "nothing else")], first, second) == (
        "spec/b.yaml:10:19: error MG0120: `services.shop.team` is already given elsewhere (owner: web)\n"
        "  10 | services: {shop: {team: web}}\n"
        "     |                   ^^^^\n"
        "  spec/a.yaml:3:5: first given here\n"
        "   3 |     team: ops\n"
        "     |     ^^^^\n"
        "  hint: remove one of the two\n"
        "\n"
        "spec/a.yaml:3:5: warning MG0002: who is `ops`?\n"
        "  3 |     team: ops\n"
        "    |     ^^^^\n"
        "\n"
        "spec/a.yaml:3:5: warning MG0002: who is `ops`?\n"
        "  3 |     team: ops\n"
        "    |     ^^^^\n"
        "\n"
        "info MG0003: nothing else\n"
        "\n"
        "1 error, 2 warnings, 1 note; for more about one: monitorgen explain MG0120\n"
    )


def test_nothing_is_nothing() -> None:
    assert render([]) == ""


def test_a_file_without_its_text_and_an_empty_line_have_no_snippet() -> None:
    place = Span("gone.yaml", 1, 1, 1, 1)
    expected = (
        "gone.yaml:1:1: error MG0001: wrong\n\n1 error; for more about one: monitorgen explain MG0001\n"
    )
    assert render([ERROR.at(place, "wrong")]) == expected
    assert render([ERROR.at(place, "wrong")], Source("gone.yaml", "\n\n")) == expected


@pytest.mark.parametrize(
    ("content", "part", "line", "carets"),
    [
        ("a: bad\n", "bad", "a: bad", "   ^^^"),
        ("\ta: \tbad\n", "bad", "    a:  bad", "        ^^^"),
        ("日本: bad\n", "bad", "日本: bad", "      ^^^"),
        ("a: 日本 b\n", "日本", "a: 日本 b", "   ^^^^"),
        ("cafe\u0301: bad\n", "bad", "cafe\u0301: bad", "      ^^^"),
        ("😀: bad\n", "bad", "😀: bad", "    ^^^"),
        ("\u1100\u1161: bad\n", "bad", "\u1100\u1161: bad", "    ^^^"),
        ("ｆｕｌｌ: bad\n", "bad", "ｆｕｌｌ: bad", "          ^^^"),
        ("a: \x1b[31mbad\n", "bad", "a: ␛[31mbad", "        ^^^"),
        ("a\x7f: bad\n", "bad", "a␡: bad", "    ^^^"),
        ("\u202ea: bad\n", "bad", "<U+202E>a: bad", "           ^^^"),
        ("a\u2028b: bad\n", "bad", "a<U+2028>b: bad", "            ^^^"),
        ("a\x9b: bad\r\n", "bad", "a<U+009B>: bad", "           ^^^"),
        ("a: [1,\n  2]\n", "[1,\n  2]", "a: [1,", "   ^^^"),
    ],
)
def test_carets_stand_under_what_they_mean(content: str, part: str, line: str, carets: str) -> None:
    assert snippet(content, part) == [line, carets]


def test_no_width_is_one_caret() -> None:
    source = Source("a.yaml", "a:\n")
    assert render([ERROR.at(source.span(2, 2), "empty")], source).splitlines()[1:3] == [
        "  1 | a:",
        "    |   ^",
    ]


def test_long_lines_are_cut_around_the_place() -> None:
    line, carets = snippet("x" * 5000 + " bad " + "y" * 5000, "bad")
    assert line == "…" + "x" * 39 + " bad " + "y" * 55 + "…"
    assert carets == " " * 41 + "^^^"
    line, carets = snippet("bad " + "y" * 5000, "bad")
    assert (line, carets) == ("bad " + "y" * 96 + "…", "^^^")
    line, carets = snippet("a: " + "b" * 5000, "b" * 5000)
    assert (line, carets) == ("a: " + "b" * 97 + "…", "   " + "^" * 97)
    line, carets = snippet("日" * 300 + "bad", "bad")
    assert (line, carets) == ("…" + "日" * 20 + "bad", " " * 41 + "^^^")


def test_messages_cannot_steer_the_terminal() -> None:
    source, span = under("a: b\n", "b", file="\x1b[2J.yaml")
    diagnostic = Diagnostic(
        "MG0001", Severity.ERROR, "a\nb\x1b[0m", span, "c\rd", (Related("\u202e", span),), "\x07"
    )
    shown = render([diagnostic], source)
    assert "␛[2J.yaml:1:4: error MG0001: a␊b␛[0m (owner: ␇)\n" in shown
    assert "  hint: c␍d\n" in shown
    assert "\x1b" not in shown


def test_color() -> None:
    source, span = under("a: bad\n", "bad")
    diagnostic = ERROR.at(span, "wrong", hint="mend it", related=[Related("here", span)])
    colored = render([diagnostic, WARNING.at(span, "hm")], source, color=True)
    assert "\x1b[1;31merror MG0001\x1b[0m" in colored
    assert "\x1b[1;31m^^^\x1b[0m" in colored
    assert "\x1b[1;33mwarning MG0002\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render([diagnostic, WARNING.at(span, "hm")], source)


@given(st.text(max_size=150), st.integers(0, 150), st.integers(0, 150))
def test_any_text_gives_lines_without_controls(content: str, start: int, length: int) -> None:
    source = Source("a.yaml", content)
    shown = render([ERROR.at(source.span(start, start + length), "wrong")], source)
    assert shown.count("\n") in (3, 5)
    for char in shown.replace("\n", ""):
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
