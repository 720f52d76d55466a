"""Overlays replace, profiles fill in, and named lists are maps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen.source.named import is_named_list, named_list_to_mapping
from monitorgen.source.node import Mapping, Sequence, get, plain, span_of
from monitorgen.source.overlay import combine, combine_all, overlay
from monitorgen.source.reader import read_text


def tree(text: str, name: str = "s") -> Mapping:
    root, found = read_text(text, name)
    assert found == []
    assert isinstance(root, Mapping)
    return root


def test_an_overlay_merges_maps_and_replaces_the_rest() -> None:
    base = tree("a: 1\nl: [1, 2]\nm: {x: 1, y: {z: 2}}\ngone: {k: v}\n", "base")
    top = tree("a: 2\nl: [3]\nm: {y: {z: 4, w: 5}}\ngone: ~\nnever: ~\nnew: 6\n", "top")
    value, replaced = overlay(base, top)
    assert plain(value) == {"a": "2", "l": ["3"], "m": {"x": "1", "y": {"z": "4", "w": "5"}}, "new": "6"}
    assert [(r.path, plain(r.old), plain(r.new)) for r in replaced] == [
        (("a",), "1", "2"),
        (("l",), ["1", "2"], ["3"]),
        (("m", "y", "z"), "2", "4"),
        (("gone",), {"k": "v"}, None),
    ]
    assert [str(r.old.span) for r in replaced][:2] == ["base:1:4", "base:2:4"]
    assert str(span_of(value, ["m", "y", "z"], "key")) == "top:3:9"
    assert str(span_of(value, ["m", "x"], "key")) == "base:3:5"


def test_an_overlay_may_change_the_shape() -> None:
    value, replaced = overlay(tree("a: {x: 1}\nb: 2\n"), tree("a: off\nb: {y: 3}\n"))
    assert plain(value) == {"a": "off", "b": {"y": "3"}}
    assert [r.path for r in replaced] == [("a",), ("b",)]


def test_neither_tree_is_changed() -> None:
    base, top = tree("a: {x: 1}\n"), tree("a: {x: 2, y: 3}\n")
    overlay(base, top)
    combine(base, top)
    assert plain(base) == {"a": {"x": "1"}}
    assert plain(top) == {"a": {"x": "2", "y": "3"}}


def test_a_service_speaks_before_its_profile() -> None:
    service = tree("alerts: {slow: {value: 5}, own: {value: 1}}\n")
    profile = tree("alerts: {slow: {value: 9, for: 5m}, more: {value: 2}}\ntier: low\n")
    assert plain(combine(service, profile)) == {
        "alerts": {"slow": {"value": "5", "for": "5m"}, "own": {"value": "1"}, "more": {"value": "2"}},
        "tier": "low",
    }


def test_profiles_may_disagree_only_where_the_service_speaks() -> None:
    one = tree("a: {x: 1, y: 1, z: 1}\nsame: s\n", "one")
    two = tree("a: {x: 2, y: 2, w: 2}\nsame: s\n", "two")
    value, found = combine_all(tree("a: {x: 0}\n", "own"), [one, two])
    assert plain(value) == {"a": {"x": "0", "y": "1", "z": "1", "w": "2"}, "same": "s"}
    assert [(d.code, str(d.span), str(d.related[0].span)) for d in found] == [
        ("MG0140", "two:1:11", "one:1:11")
    ]
    assert "`a.y`" in found[0].message


@pytest.mark.parametrize("own", ["a: 1\n", "a: {}\n"])
def test_profiles_of_different_shape(own: str) -> None:
    _, found = combine_all(tree(own), [tree("a: {x: 1}\n"), tree("a: {x: 2}\n")])
    assert [d.code for d in found] == ([] if own == "a: 1\n" else ["MG0140"])
    _, found = combine_all(tree("b: 1\n"), [tree("a: {x: 1}\n"), tree("a: 2\n")])
    assert [d.code for d in found] == ["MG0140"]


def test_no_profile_changes_nothing() -> None:
    base = tree("a: 1\n")
    assert combine_all(base, []) == (base, [])


def sequence(text: str) -> Sequence:
    node = get(tree(text), "l")
    assert isinstance(node, Sequence)
    return node


def test_a_named_list_is_a_map() -> None:
    listed = sequence("l:\n  - name: a\n    x: 1\n  - {name: b}\n")
    mapping, found = named_list_to_mapping(listed)
    assert is_named_list(listed)
    assert plain(mapping) == {"a": {"x": "1"}, "b": {}}
    assert found == []
    assert str(span_of(mapping, ["a"], "key")) == "s:2:11"


def test_items_without_a_name_and_with_a_name_taken() -> None:
    listed = sequence("l:\n  - {x: 1}\n  - name: a\n  - text\n  - name: a\n  - name: [b]\n  - name:\n")
    mapping, found = named_list_to_mapping(listed)
    assert not is_named_list(listed)
    assert plain(mapping) == {"a": {}}
    assert [(d.code, str(d.span)) for d in found] == [
        ("MG0130", "s:2:5"),
        ("MG0130", "s:4:5"),
        ("MG0131", "s:5:11"),
        ("MG0130", "s:6:5"),
        ("MG0130", "s:7:5"),
    ]
    assert str(found[2].related[0].span) == "s:3:11"


def test_an_empty_list_is_an_empty_map() -> None:
    mapping, found = named_list_to_mapping(sequence("l: []\n"))
    assert (plain(mapping), found) == ({}, [])
    assert not is_named_list(sequence("l: []\n"))


KEYS = st.sampled_from(["a", "b", "c"])
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.sampled_from(["1", "2", "[1]"]),
        lambda inner: st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)


def as_yaml(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{" + ", ".join(f"{key}: {as_yaml(inner)}" for key, inner in value.items()) + "}"


@given(TREES, TREES)
def test_an_overlay_wins_and_a_profile_does_not(base: Any, top: Any) -> None:
    one, other = tree(as_yaml(base)), tree(as_yaml(top))
    laid, replaced = overlay(one, other)
    filled = combine(other, one)
    assert overlay(laid, other)[0] is not laid
    assert plain(overlay(laid, other)[0]) == plain(laid)
    assert plain(laid) == plain(filled)
    for change in replaced:
        assert plain(get(one, *change.path) or one) == plain(change.old)
        assert plain(get(laid, *change.path) or laid) == plain(change.new)


def test_another_type_is_another_thing() -> None:
    one = "c: {type: threshold, metric: m, value: 1}\nk: {x: {type: a}}\n"
    other = "c: {type: absence, window: 5m}\nk: {x: {y: 1}}\n"
    value, replaced = overlay(tree(one), tree(other))
    assert plain(value) == {"c": {"type": "absence", "window": "5m"}, "k": {"x": {"type": "a", "y": "1"}}}
    assert [r.path for r in replaced] == [("c",)]
    assert plain(combine(tree(one), tree(other))) == {
        "c": {"type": "threshold", "metric": "m", "value": "1"},
        "k": {"x": {"type": "a", "y": "1"}},
    }
