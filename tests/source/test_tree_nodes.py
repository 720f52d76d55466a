"""Nodes: what YAML becomes, where it stands, and how it is walked."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.model.span import Span
from monitorgen.source.node import Mapping, Node, Scalar, Sequence, Source, get, plain, span_of
from monitorgen.source.reader import read_text


def tree(text: str) -> Node:
    root, found = read_text(text, "spec.yaml")
    assert found == []
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: off\nb: 012\nc: 10:30\nd: +15550100\ne: 3.10\n",
         {"a": "off", "b": "012", "c": "10:30", "d": "+15550100", "e": "3.10"}),
        ("a: ~\nb: null\nc:\nd: ''\ne: 'null'\n", {"a": None, "b": None, "c": None, "d": "", "e": "null"}),
        ("a: [1, {b: c}, [d]]\n", {"a": ["1", {"b": "c"}, ["d"]]}),
        ("a:\n- 1\n- b: c\n  d: e\n", {"a": ["1", {"b": "c", "d": "e"}]}),
        ('{"a": "\\u00e9", "b": true}', {"a": "é", "b": "true"}),
        ("a: !!str 12\nb: ! x\nc: !!map {d: e}\n", {"a": "12", "b": "x", "c": {"d": "e"}}),
        ("off: 1\n1: 2\n'1x': 3\n", {"off": "1", "1": "2", "1x": "3"}),
        ("[a: b, {c: d}]", [{"a": "b"}, {"c": "d"}]),
        ("a: 1\n---\nb: 2\n...\n---\n", {"a": "1", "b": "2"}),
        ("\ufeffa: b\n", {"a": "b"}),
        ("a: b\r\nc: |\r\n  d\r\n  e\r\n", {"a": "b", "c": "d\ne\n"}),
    ],
)  # fmt: skip
def test_plain(text: str, expected: object) -> None:
    assert plain(tree(text)) == expected


def test_nothing_is_no_tree() -> None:
    for text in ("", "\n\n", "# only a comment\n", "---\n...\n", "~\n"):
        assert read_text(text, "spec.yaml") == (None, [])


def test_merge_keys() -> None:
    text = """\
base: &base {a: 1, b: 2}
more: &more {b: 3, c: 4}
one: {<<: *base, b: own}
list: {<<: [*more, *base], d: 5}
late: {a: own, <<: *base}
nested: &nested
  <<: *base
  c: 6
twice:
  <<: *nested
  e: {<<: *more}
quoted: {"<<": *base}
"""
    root = plain(tree(text))
    assert isinstance(root, dict)
    assert root["one"] == {"a": "1", "b": "own"}
    assert root["list"] == {"a": "1", "b": "3", "c": "4", "d": "5"}
    assert root["late"] == {"a": "own", "b": "2"}
    assert root["twice"] == {"a": "1", "b": "2", "c": "6", "e": {"b": "3", "c": "4"}}
    assert root["quoted"] == {"<<": {"a": "1", "b": "2"}}
    assert root == yaml.load(text, Loader=yaml.BaseLoader) | root  # noqa: S506 - BaseLoader makes only text


def test_what_an_alias_repeats_keeps_its_place() -> None:
    root = tree("a: &x\n  b: c\nd: *x\ne:\n  <<: *x\n")
    assert get(root, "d") is get(root, "a")
    assert span_of(root, ["e", "b"]) == Span("spec.yaml", 2, 6, 2, 7)


def test_an_anchor_may_be_given_again_and_ends_with_its_document() -> None:
    assert plain(tree("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")) == {"a": "1", "b": "1", "c": "2", "d": "2"}
    _, found = read_text("a: &x 1\n---\nb: *x\n", "spec.yaml")
    assert [d.code for d in found] == ["MG0110"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a",), Span("s", 1, 4, 1, 5)),
        (("flow",), Span("s", 2, 7, 2, 18)),
        (("flow", "x", 1), Span("s", 2, 15, 2, 16)),
        (("block",), Span("s", 5, 3, 5, 8)),
        (("block", "p", "q"), Span("s", 6, 8, 6, 9)),
        (("list",), Span("s", 8, 3, 8, 6)),
        (("list", 1), Span("s", 9, 5, 9, 9)),
        (("text",), Span("s", 10, 7, 12, 6)),
        (("tagged",), Span("s", 15, 3, 15, 7)),
        (("empty",), Span("s", 16, 7, 16, 7)),
        (("two",), Span("s", 17, 6, 18, 6)),
    ],
)
def test_spans(path: tuple[str | int, ...], expected: Span) -> None:
    text = """\
a: b
flow: {x: [1, 2]}
# why
block:
  p: &a
    q: r
list:
  - 1
  - z: y
text: |
  one
  two

tagged: !!map
  k: v
empty:
two: one
  two
"""
    root, found = read_text(text, "s")
    assert found == []
    node = get(root, *path)
    assert node is not None
    assert node.span == expected


def test_keys_and_missing_paths() -> None:
    root = tree("a:\n  b: c\n  d: [e]\n")
    assert span_of(root, ["a", "b"], "key") == Span("spec.yaml", 2, 3, 2, 4)
    assert span_of(root, ["a", "nothing", "more"]) == Span("spec.yaml", 2, 3, 2, 7)
    assert span_of(root, ["a", "nothing"], "key") == Span("spec.yaml", 1, 1, 1, 2)
    assert span_of(root, ["a", "d", 0]) == Span("spec.yaml", 3, 7, 3, 8)
    assert span_of(root, ["a", "d", 5, "x"]) == Span("spec.yaml", 3, 6, 3, 9)
    assert get(root, "a", "d", 1) is None
    assert get(root, "a", "d", "x") is None
    assert get(root, "a", "b", "c") is None
    assert get(None, "a") is None


LINE_BREAKS = st.text(alphabet="a\n\r\u2028é", max_size=40)


@given(LINE_BREAKS)
def test_lines_are_those_of_an_editor(text: str) -> None:
    source = Source("s", text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [source.line(n) for n in range(1, len(source.line_starts) + 1)] == lines
    assert source.line(0) == source.line(len(lines) + 1) == ""
    for offset, char in enumerate(text):
        line, column = source.place(offset)
        if char not in "\r\n":
            assert source.line(line)[column - 1] == char


def test_places_outside_the_text_are_its_ends() -> None:
    source = Source("s", "ab\n")
    assert source.place(-5) == (1, 1)
    assert source.place(99) == (2, 1)
    assert source.line(1, 1, 9) == "b"


NAMES = st.sampled_from(["a", "b", "c", "<<", "é x", "", "1", "null", "x: y", "*"])
TREES = st.recursive(
    st.text(alphabet="ab 1:#'\"\n\té{}~", max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4), st.sampled_from([True, False, None]))
def test_what_was_dumped_is_read(value: dict[str, object], flow: bool | None) -> None:
    text = yaml.dump(value, default_flow_style=flow, allow_unicode=True, default_style='"')
    root = tree(text)
    assert plain(root) == value
    check_places(root)


def check_places(node: Node) -> None:
    """Children stand inside of their parent, and the slice of a scalar reads as that scalar."""
    if isinstance(node, Scalar):
        assert yaml.load(node.source.text[node.start : node.end], Loader=yaml.BaseLoader) == node.text  # noqa: S506
        return
    children = node.items if isinstance(node, Sequence) else [e.value for e in node.entries.values()]
    assert isinstance(node, Mapping | Sequence)
    for child in children:
        assert node.start <= child.start <= child.end <= node.end
        check_places(child)
