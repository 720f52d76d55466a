"""What is refused in a file that is YAML: each fault with its code and its exact place."""

import pytest

from monitorgen.source.build import MAX_FAULTS
from monitorgen.source.reader import read_text

CASES = [
    ("a: 1\nb: 2\na: 3\n", "MG0113", "3:1-2", "1:1-2"),
    ("x: {a: 1, 'a': 2}\n", "MG0113", "1:11-14", "1:5-6"),
    ("a: &a {}\nb:\n  <<: *a\n  <<: *a\n", "MG0113", "4:3-5", "3:3-5"),
    ("a: !env HOME\n", "MG0112", "1:4-8", None),
    ("a: &x !!python/object:os.system [x]\n", "MG0112", "1:7-32", None),
    ("a: !<tag:x> b\n", "MG0112", "1:4-12", None),
    ("a: !!binary aGk=\n", "MG0112", "1:4-12", None),
    ("a: *x\n", "MG0110", "1:4-6", None),
    ("a: &a [*a]\n", "MG0111", "1:8-10", None),
    ("a: &a\n  b: {c: *a}\n", "MG0111", "2:10-12", None),
    ("[a]: b\n", "MG0114", "1:1-4", None),
    ("? {a: b}\n: c\n", "MG0114", "1:3-9", None),
    ("?\n: b\n", "MG0114", "1:2-2", None),
    ("a: {{ x }}\n", "MG0114", "1:5-10", None),
    ("a: &a 1\nb:\n  <<: *a\n", "MG0115", "3:3-5", "1:7-8"),
    ("a: &a {}\nb:\n  <<: [*a, c]\n", "MG0115", "3:3-5", "3:12-13"),
]


@pytest.mark.parametrize(("text", "code", "place", "related"), CASES)
def test_fault(text: str, code: str, place: str, related: str | None) -> None:
    root, found = read_text(text, "spec.yaml")
    assert [d.code for d in found] == [code]
    assert root is not None
    span = found[0].span
    assert span is not None
    assert f"{span.line}:{span.column}-{span.end_column}" == place
    assert found[0].hint
    spans = [other.span for other in found[0].related]
    assert [f"{s.line}:{s.column}-{s.end_column}" for s in spans] == ([related] if related else [])


def test_all_are_reported() -> None:
    _, found = read_text("a: !x 1\na: 2\nb: *b\nc: {[d]: e}\n", "spec.yaml")
    assert [d.code for d in found] == ["MG0112", "MG0113", "MG0110", "MG0114"]


def test_until_there_are_too_many() -> None:
    _, found = read_text("a: 1\n" * (MAX_FAULTS + 50), "spec.yaml")
    assert len(found) == MAX_FAULTS + 1
    assert found[-1].code == "MG0116"


def test_a_similar_anchor_is_suggested() -> None:
    _, found = read_text("a: &defaults {}\nb: *default\n", "spec.yaml")
    assert found[0].hint == "did you mean `*defaults`?"


def test_templates_are_told_to_be_quoted() -> None:
    _, found = read_text("a: {{ x }}\n", "spec.yaml")
    assert "double braces" in found[0].message


@pytest.mark.parametrize("depth", [100, 101])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("[{b: ", "}]")])
def test_depth(depth: int, opening: str, closing: str) -> None:
    each = 2 if "{b" in opening else 1
    text = opening * ((depth + each - 1) // each) + "x" + closing * ((depth + each - 1) // each)
    _, found = read_text(text, "spec.yaml")
    assert [d.code for d in found] == ([] if depth == 100 else ["MG0107"])


def test_depth_counts_through_aliases() -> None:
    for depth, codes in ((39, []), (40, ["MG0107"])):
        text = f"a: &a {'[' * 60}{']' * 60}\nb: {'[' * depth}*a{']' * depth}\n"
        assert [d.code for d in read_text(text, "spec.yaml")[1]] == codes
    chain = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 300))
    assert [d.code for d in read_text(chain, "spec.yaml")[1]] == ["MG0107"]
