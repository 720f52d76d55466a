"""`Scalar.span_at` points at the exact characters in the file, whatever way the text was written."""

from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from monitorgen.model.span import Span
from monitorgen.source.node import Node, Scalar, Source, get
from monitorgen.source.positions import character_ranges
from monitorgen.source.reader import read_text


def scalar(text: str, *path: str | int) -> Scalar:
    root, found = read_text(text, "spec.yaml")
    assert not found, found
    node: Node | None = get(root, *path)
    assert isinstance(node, Scalar)
    return node


def pointed_at(node: Scalar, part: str) -> str:
    """The characters of the file under the span of the first `part` in the decoded text."""
    at = node.text.index(part)
    return under(node.source, node.span_at(at, at + len(part)))


def under(source: Source, span: Span) -> str:
    assert span.file == source.path
    start = source.line_starts[span.line - 1] + span.column - 1
    end = source.line_starts[span.end_line - 1] + span.end_column - 1
    return source.text[start:end]


@pytest.mark.parametrize(
    ("text", "part", "line", "column"),
    [
        ("a: rate(up[5m])\n", "up", 1, 9),
        ("a: rate(\n   up\n   [5m])\n", "[5m]", 3, 4),
        ("a: 'it''s up'\n", "up", 1, 11),
        ('a: "\\tup"\n', "up", 1, 7),
        ('a: "\\x41\\u0042\\U00000043up"\n', "up", 1, 25),
        ('a: "one \\\n   two"\n', "two", 2, 4),
        ('a: "one\n\n   two"\n', "two", 3, 4),
        ("a: >-\n  sum(\n    rate(up[5m])\n  )\n", "up", 3, 10),
        ("a: >\n  sum by (job)\n  (up)\n", "up", 3, 4),
        ("a: |\n  one\n\n   two\n", "two", 4, 4),
        ("a: |2\n   one\n", "one", 2, 4),
        ("a: |+1 # why\n one\n\n\n", "one", 2, 2),
        ("a: >-\n\n  one\n  two\n", "two", 4, 3),
        ("a: |\r\n  one\r\n  two\r\n", "two", 3, 3),
        ("a: &anchor !!str up\n", "up", 1, 18),
        ("a: &x # why\n  'up'\n", "up", 2, 4),
        ("a: ünïcödé 😀 up\n", "up", 1, 14),
        ("a:\n  - b: [x, {c: up}]\n", "up", 2, 16),
    ],
)
def test_places_of_parts(text: str, part: str, line: int, column: int) -> None:
    node = _only(text, part)
    at = node.text.index(part)
    span = node.span_at(at, at + len(part))
    assert (span.line, span.column) == (line, column)
    assert under(node.source, span) == part


def _only(text: str, part: str) -> Scalar:
    root, _ = read_text(text, "spec.yaml")
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar) and part in node.text:
            return node
        pending += getattr(node, "items", []) + [e.value for e in getattr(node, "entries", {}).values()]
    raise AssertionError(f"no scalar with {part!r}")


def test_an_escape_is_one_character() -> None:
    node = scalar(r'a: "x\ty"', "a")
    assert under(node.source, node.span_at(1, 2)) == r"\t"
    node = scalar("a: 'x''y'", "a")
    assert under(node.source, node.span_at(1, 2)) == "''"


def test_a_span_may_go_over_lines_and_ends_after_its_last_character() -> None:
    node = scalar("a: >-\n  sum by (job)\n  (up)\n", "a")
    assert pointed_at(node, "(job) (up)") == "(job)\n  (up)"


def test_no_width_before_and_after_the_text() -> None:
    node = scalar("a: 'up'\n", "a")
    assert node.span_at(0, 0) == Span("spec.yaml", 1, 5, 1, 5)
    assert node.span_at(2, 2) == Span("spec.yaml", 1, 7, 1, 7)
    assert node.span_at(50, 60) == Span("spec.yaml", 1, 7, 1, 7)
    empty = scalar("a: ''\n", "a")
    assert empty.span_at(0, 3).line == 1


LETTERS = st.sampled_from(
    ["a", "b:", "#", "é", "😀", "日", "{", "x", "-", "\\\\", "[5m]", "'", '"', "%", "\u2029"]
)
SPACE = st.sampled_from(
    [" ", "  ", "\t", "\n", "\n ", "\n  ", "\n\n", "\r\n", " \n", "\x85", "\u2028", "\n   \t "]
)
ESCAPES = st.sampled_from(
    [r"\n", r"\t", r"\"", r"\x41", r"\u0e01", r"\U0001f600", "\\\n  ", "\\\n\n ", r"\ ", r"\_"]
)
CHOMPING = st.sampled_from(["", "-", "+", "1", "2", "2-", "+3", "1+", "- # why"])
BLOCK_LINES = st.lists(
    st.builds(
        lambda indent, content, end: " " * indent + content + end,
        st.integers(0, 5),
        st.sampled_from(["", "a", "b c", "\tx", "日本 x", "- #", "  ", "x  "]),
        st.sampled_from(["\n", "\n", "\r\n", "\n\n", "\x85", "\u2028"]),
    ),
    max_size=8,
)


def check(document: str) -> None:
    """Every decoded character that is not white space or an escape stands where we say it stands."""
    try:
        events: list[Any] = list(yaml.parse(document, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        assume(False)
    scalars: list[Any] = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    assume(len(scalars) > 0)
    for event in scalars:
        raw, style = document, event.style or ""
        ranges = character_ranges(raw, event.start_mark.index, event.end_mark.index, style, event.value)
        assert ranges is not None, (document, event.value)
        previous = event.start_mark.index
        for char, start, end in zip(event.value, *ranges, strict=True):
            assert previous <= start < end <= event.end_mark.index, (document, event.value, ranges)
            previous = end
            if char.isspace():
                continue
            written = raw[start:end]
            assert written == char or (style == '"' and written[0] == "\\") or written == "''", (
                document,
                ranges,
            )


@given(st.lists(LETTERS | SPACE, max_size=12).map("".join))
def test_plain(text: str) -> None:
    check(f"k: a{text}z\n")


@given(st.lists(LETTERS | SPACE | st.just("''"), max_size=12).map("".join))
def test_single_quoted(text: str) -> None:
    check(f"k: '{text}'\n")


@given(st.lists(LETTERS | SPACE | ESCAPES, max_size=12).map("".join))
def test_double_quoted(text: str) -> None:
    check(f'k: "{text}"\n')


@given(
    st.sampled_from(["|", ">"]),
    CHOMPING,
    BLOCK_LINES,
    st.booleans(),
    st.sampled_from(["", "k: ", "- ", "k:\n  m: "]),
)
def test_blocks(sign: str, chomping: str, lines: list[str], ends: bool, before: str) -> None:
    text = "".join(lines)
    check(f"{before}{sign}{chomping}\n{text if ends else text.rstrip()}")


@given(st.text(alphabet=" \n\tab:-'\"|>\\#&!*[]{},?x41\r\x85\u2028", max_size=60))
def test_anything_that_parses(text: str) -> None:
    try:
        root, found = read_text(text, "spec.yaml")
    except RecursionError:  # pragma: no cover
        raise AssertionError(text) from None
    assume(not found)
    pending = [root] if root is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar):
            written = text[node.start : node.end]
            assert character_ranges(text, node.start, node.end, node.style, node.text) is not None, (
                text,
                written,
            )
            assert node.style == "" or written[:1] == node.style
            continue
        pending += getattr(node, "items", []) + [e.value for e in getattr(node, "entries", {}).values()]
