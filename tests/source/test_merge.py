"""Trees of several files become one: what merges, what may not, and that the order does not matter."""

from collections.abc import Mapping
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.model.diagnostic import Diagnostic
from monitorgen.source.merge import MAX_CONFLICTS, merge_all
from monitorgen.source.node import Node, plain
from monitorgen.source.reader import read_text


def merged(*texts: str) -> tuple[Any, list[Diagnostic]]:
    found: list[Diagnostic] = []
    roots: list[Node] = []
    for number, text in enumerate(texts, start=1):
        root, faults = read_text(text, f"{number}.yaml")
        assert faults == []
        if root is not None:
            roots.append(root)
    root = merge_all(roots, found)
    return (plain(root) if root is not None else None), found


def test_maps_merge_to_any_depth() -> None:
    value, found = merged(
        "s: {a: {x: {p: 1}}, b: 2}\n", "s: {a: {x: {q: 3}, y: 4}}\nt: 5\n", "s: {a: {x: {r: 6}}}\n"
    )
    assert value == {"s": {"a": {"x": {"p": "1", "q": "3", "r": "6"}, "y": "4"}, "b": "2"}, "t": "5"}
    assert found == []


@pytest.mark.parametrize(
    ("first", "second", "code", "path", "at"),
    [
        ("a: 1", "a: 1", "MG0120", "`a`", "2.yaml:1:1"),
        ("a: {b: {c: 1}}", "a: {b: {c: 2}}", "MG0120", "`a.b.c`", "2.yaml:1:9"),
        ("a: [1]", "a: [2]", "MG0120", "`a`", "2.yaml:1:1"),
        ("a: ~", "a: 1", "MG0120", "`a`", "2.yaml:1:1"),
        ("a: {b: 1}", "a: x", "MG0121", "`a` is a plain value here and a map elsewhere", "2.yaml:1:1"),
        ("a: x", "a: {b: 1}", "MG0121", "`a` is a map here and a plain value elsewhere", "2.yaml:1:1"),
        ("a: [x]", "a: {b: 1}", "MG0121", "`a` is a map here and a list elsewhere", "2.yaml:1:1"),
        ("a: x", "a: [b]", "MG0121", "`a` is a list here and a plain value elsewhere", "2.yaml:1:1"),
    ],
)
def test_conflicts_name_both_places(first: str, second: str, code: str, path: str, at: str) -> None:
    value, found = merged(first, second)
    assert [d.code for d in found] == [code]
    assert path in found[0].message
    assert str(found[0].span) == at
    assert [str(r.span) for r in found[0].related] == [at.replace("2.yaml", "1.yaml")]
    assert value == merged(first)[0]


def test_each_conflict_is_reported_and_the_rest_still_merges() -> None:
    value, found = merged("a: 1\nb: 2\nm: {x: 1}\n", "a: 3\nb: 4\nm: {y: 2}\n", "a: 5\nm: no\n")
    assert [(d.code, str(d.span)) for d in found] == [
        ("MG0120", "2.yaml:1:1"),
        ("MG0120", "3.yaml:1:1"),
        ("MG0120", "2.yaml:2:1"),
        ("MG0121", "3.yaml:2:1"),
    ]
    assert value == {"a": "1", "b": "2", "m": {"x": "1", "y": "2"}}


def test_a_section_left_empty_says_nothing() -> None:
    assert merged("a:\nb:\nc:\n", "a: {x: 1}\nb: [1]\nc:\n") == ({"a": {"x": "1"}, "b": ["1"], "c": None}, [])
    assert merged("a: {x: 1}\n", "a:\n") == ({"a": {"x": "1"}}, [])


def test_lists_of_named_items_merge_like_maps() -> None:
    value, found = merged("s: [{name: a, x: 1}]\n", "s: {b: {x: 2}}\n", "s: [{name: a, y: 3}]\n")
    assert value == {"s": {"a": {"x": "1", "y": "3"}, "b": {"x": "2"}}}
    assert found == []
    assert [d.code for d in merged("s: [{name: a}, {name: a}]\n", "s: {b: {}}\n")[1]] == ["MG0131"]
    assert merged("s: [{name: a, x: 1}]\n")[0] == {"s": [{"name": "a", "x": "1"}]}


def test_documents_of_one_file_merge_too() -> None:
    root, found = read_text("a: {x: 1}\n---\na: {y: 2}\n---\na: {x: 3}\n", "s")
    assert root is not None
    assert plain(root) == {"a": {"x": "1", "y": "2"}}
    assert [(d.code, str(d.span), str(d.related[0].span)) for d in found] == [("MG0120", "s:5:5", "s:1:5")]


def test_endless_conflicts_are_cut_short() -> None:
    text = "".join(f"k{i}: v\n" for i in range(MAX_CONFLICTS + 100))
    _, found = merged(text, text)
    assert len(found) == MAX_CONFLICTS + 1
    assert found[-1].code == "MG0116"


# Trees whose leaves tell which file they are from, so that two of them never hold the same leaf.
KEYS = st.sampled_from(["a", "b", "c", "d"])
SHAPES = st.recursive(
    st.none(), lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3), max_leaves=8
)


def labelled(shape: Any, name: str) -> dict[str, Any]:
    if shape is None:
        return {f"leaf-{name}": name}
    return {key: labelled(inner, name) for key, inner in shape.items()}


def union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(one)
    for key, value in other.items():
        whole[key] = union(whole[key], value) if key in whole else value
    return whole


def as_yaml(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{" + ", ".join(f"{key}: {as_yaml(inner)}" for key, inner in value.items()) + "}"


@given(st.lists(SHAPES, min_size=1, max_size=4))
def test_disjoint_maps_become_their_union_in_any_order(shapes: list[Any]) -> None:
    trees = [labelled(shape, str(number)) for number, shape in enumerate(shapes)]
    expected = reduce(union, trees)
    for order in permutations(trees):
        assert merged(*map(as_yaml, order)) == (expected, [])


@given(SHAPES, SHAPES, SHAPES)
def test_merging_is_associative(a: Any, b: Any, c: Any) -> None:
    texts = [as_yaml(labelled(shape, name)) for shape, name in ((a, "a"), (b, "b"), (c, "c"))]
    first, second, third = (read_text(text, "s")[0] for text in texts)
    assert first is not None
    assert second is not None
    assert third is not None
    found: list[Diagnostic] = []
    left = merge_all([first, second], found)
    right = merge_all([second, third], found)
    assert left is not None
    assert right is not None
    one, other = merge_all([left, third], found), merge_all([first, right], found)
    assert one is not None
    assert other is not None
    assert plain(one) == plain(other)
    assert found == []


VALUES = st.recursive(
    st.sampled_from(["1", "2", "~", "[1]"]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=3), min_size=2, max_size=3))
def test_whether_files_agree_does_not_rest_on_their_order(trees: list[Any]) -> None:
    outcomes = [merged(*map(as_yaml, order)) for order in permutations(trees)]
    assert len({bool(found) for _, found in outcomes}) == 1
    if not outcomes[0][1]:
        assert all(value == outcomes[0][0] for value, _ in outcomes)
