"""YAML that cannot be read: the place to look at and the way to mend it, not the parser's grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.source.reader import read_text

CASES = [
    ("a:\n\tb: c\n", "2:1-2", "a tab is used for indentation", "indent with spaces"),
    ("a: x\n  \tb: c\n", "2:3-4", "a tab is used", "spaces"),
    ("a: @x y\n", "1:4-5", "cannot begin with `@`", '"@x y"'),
    ("a: `x`\n", "1:4-5", "cannot begin with ```", '"`x`"'),
    ("a: %x\n", "1:4-5", "cannot begin with `%`", '"%x"'),
    ("%x: 1\n", "1:1-2", "directive", "quote"),
    ("a: *.example.com\n", "1:4-5", "cannot begin with `*`", '"*.example.com"'),
    ("a: & b\n", "1:4-5", "cannot begin with `&`", "quotes"),
    ("a: !x!y z\n", "1:4-5", "cannot begin with `!`", '"!x!y z"'),
    ("operator: >= \n", "1:11-12", "unquoted `>`", '">="'),
    ("a: 'x\nb: c\n", "1:4-5", "this quote is never closed", "close it"),
    ('a: "x\n', "1:4-5", "this quote is never closed", "close it"),
    ("a: 'it's'\n", "1:8-10", "text after the closing quote", "quote"),
    ('a: "\\d+"\n', "1:5-7", r"`\d` is no escape", "single quotes"),
    ('a: "\\ud83d\\ude00"\n', "1:5-11", r"`\ud83d` is no escape", "surrogates"),
    ("a: b: c\n", "1:5-6", "a second `: `", "quotes around the value"),
    ("a: b\n  c: d\n", "2:3-5", "a line above that already has a value", "indent it like the key above"),
    ("a: {b: >, c: d}\n", "1:8-9", "cannot begin with `>`", 'put quotes around it: ">"'),
    ("a: [@x]\n", "1:5-6", "cannot begin with `@`", 'put quotes around it: "@x"'),
    ("a: {b: c} @\n", "1:11-12", "cannot begin with `@`", '"@"'),
    ("a:b\nc: d\n", "1:1-4", "no space after this key's colon", "write `a: b`"),
    ("a:\n  b:c\n\n  d: e\n", "2:3-6", "no space after this key's colon", "write `b: c`"),
    ("a: b\nc:5m  # d\n", "2:1-5", "no space after this key's colon", "write `c: 5m`"),
    ("a: b\nc:http://d/\n", "2:1-12", "no space after this key's colon", "write `c: http://d/`"),
    ("a: b\nhttp://c/\n", "2:1-10", "no colon after it", "name: value"),
    ("a: 'b\nc: d\ne: it's\n", "1:4-5", "this quote is not closed", "the next quote, on line 3"),
    ('a: "b\nc: "d"\n', "1:4-5", "this quote is not closed", "the next quote, on line 2"),
    ('a: {b: "c, d: e}\nf: "g"\n', "1:8-9", "this quote is not closed", "the next quote, on line 2"),
    ('a: "b\n  c" d\n', "1:4-5", "this quote is not closed", "the next quote, on line 2"),
    ("a\nb: c\n", "2:1-3", "cannot hold a key", "colon missing"),
    ("a: b\nc\nd: e\n", "2:1-2", "no colon after it", "name: value"),
    ("a: [1, 2\nb: c\n", "1:4-5", "this `[` is never closed", "close it with `]`"),
    ("a: {b: c\n", "1:4-5", "this `{` is never closed", "close it with `}`"),
    ("a: [\n  'b' c,\n]\n", "2:7-8", "a comma or the closing `]` is missing", "quote"),
    ("a: [1,,2]\n", "1:7-8", "no value before this `,`", "value"),
    ("a: [\n\n", "1:5-5", "a value is missing at the end", "bracket that is still open"),
    ('a: {job="x"} > 1\n', "1:14-17", "text after the closing bracket", "quotes around the whole value"),
    ("a: {{ .x }} down\n", "1:4-6", "begins with `{{` must be quoted", "'{{ .x }} down'"),
    ("a:\n    b: c\n  d: e\n", "3:3-7", "indented differently", "indent it as far"),
    (" a: b\nc: d\n", "2:1-5", "indented differently", "indent it as far"),
    ("a: b\n- c\n", "2:1-4", "a list item stands where a key is expected", "below the key"),
    (": b\n", "1:1-4", "no key before this colon", "name"),
    ("- a\nb: c\n", "2:1-5", "a list item is expected", "`- `"),
    ("a: - b\n", "1:4-5", "a list cannot begin on the line of its key", "[first, second]"),
    ("a: |0\n  b\n", "1:5-6", "not valid YAML: found an indentation indicator equal to 0", ""),
]


@pytest.mark.parametrize(("text", "place", "message", "hint"), CASES)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_slip(text: str, place: str, message: str, hint: str, line_break: str) -> None:
    root, found = read_text(text.replace("\n", line_break), "spec.yaml")
    assert root is None
    assert [d.code for d in found] == ["MG0106"]
    span = found[0].span
    assert span is not None
    assert message in found[0].message
    assert hint in found[0].hint
    assert f"{span.line}:{span.column}-{span.end_column}" == place


def test_what_a_line_belongs_to_is_shown() -> None:
    _, found = read_text("a: 1\nb:\n    c: d\n  e: f\n", "spec.yaml")
    assert [(r.span.line, r.span.column) for r in found[0].related] == [(1, 1)]


@given(st.text(alphabet="ab:-'\"|>\\#&!*[]{},?%@` \n\t\r01é\u2028", max_size=80))
def test_no_text_raises(text: str) -> None:
    root, found = read_text(text, "spec.yaml")
    assert root is None or not any(d.code == "MG0106" for d in found)
    for diagnostic in found:
        assert diagnostic.span is not None
        assert diagnostic.message


@given(st.text(max_size=60))
def test_not_even_text_of_any_characters(text: str) -> None:
    read_text(text, "spec.yaml")


@given(st.text(alphabet=st.characters(categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=3))
def test_characters_that_are_no_text(text: str) -> None:
    root, found = read_text(f"a: b{text}c\n", "spec.yaml")
    if root is None:
        assert [d.code for d in found][-1] in ("MG0105", "MG0106")
