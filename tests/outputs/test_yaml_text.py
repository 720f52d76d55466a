"""What the YAML emitter writes is what every reader reads."""

import math
from enum import StrEnum
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitorgen.outputs.yaml_text import Yaml, emit
from tests.support.nasty_strings import NASTY_STRINGS, nasty_mixtures
from tests.support.servers import Generation, run_prometheus

texts = st.one_of(
    st.sampled_from(NASTY_STRINGS),
    st.lists(st.sampled_from(NASTY_STRINGS), min_size=1, max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.sampled_from("ab01 \t\n:#-?'\"{}[],&*!|>%@`~=.\\\r\x85\u2028"), max_size=12),
)
floats = st.floats(allow_nan=False)
values: st.SearchStrategy[Yaml] = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(values)
@example({"a": [[], {}, [[]], [{}], [["\n a"], {"b": []}]], "": {"": ""}})
@example([[["a\n", [" a\n\n"]], {"x" * 300: [["y"]]}], {"x" * 300: {"y" * 2000: "z\n"}}])
def test_every_value_reads_back_equal_by_both_readers_of_pyyaml(value: Yaml) -> None:
    text = emit(value)
    text.encode()
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(text, Loader=loader) == value  # noqa: S506


@pytest.mark.parametrize("position", ["value", "item", "key", "alone", "last"])
def test_every_nasty_string_keeps_its_type_and_text(position: str) -> None:
    for text in (*NASTY_STRINGS, *nasty_mixtures(500)):
        value: Yaml = {
            "value": {"a": {"b": text, "c": 1}},
            "item": {"a": [text, [text, text], text]},
            "key": {text: {text: text}, "b": [{text: None}]},
            "alone": text,
            "last": [{"a": text}],
        }[position]  # type: ignore[assignment]
        assert yaml.load(emit(value), Loader=yaml.CSafeLoader) == value
        assert yaml.load(emit(value), Loader=yaml.SafeLoader) == value


def test_prometheus_reads_the_same_strings_from_a_rule_file(generation: Generation, tmp_path: Path) -> None:
    texts = [text for text in (*NASTY_STRINGS, *nasty_mixtures(2500)) if "{{" not in text]
    rules: list[Yaml] = [
        {"alert": f"A{number}", "expr": "vector(1)", "labels": {"text": text}, "annotations": {"text": text}}
        for number, text in enumerate(texts)
    ]
    rules.append(
        {
            "alert": "Keys",
            "expr": "vector(1)\n  > 0\n",
            "labels": {"on": "1", "n": "2", "null": "on", "y": "y"},
        }
    )
    groups: Yaml = {"groups": [{"name": "on", "interval": "1h", "rules": rules}]}
    (tmp_path / "rules.yml").write_bytes(emit(groups).encode())
    (tmp_path / "prometheus.yml").write_text(emit({"rule_files": ["rules.yml"]}))

    with run_prometheus(generation, tmp_path / "prometheus.yml", storage=tmp_path / "data") as server:
        [group] = server.get("/api/v1/rules").json()["data"]["groups"]

    assert group["name"] == "on"
    *read, keys = group["rules"]
    assert [rule["annotations"]["text"] for rule in read] == texts
    # A label whose value is empty is a label that is not there.
    assert [rule["labels"].get("text", "") for rule in read] == texts
    assert keys["labels"] == {"on": "1", "n": "2", "null": "on", "y": "y"}


def test_promtool_accepts_what_is_emitted(generation: Generation, tmp_path: Path) -> None:
    rule: Yaml = {"record": "a:b:c", "expr": "sum(\n  rate(a[5m])\n)\n", "labels": {"on": "off", "d": "0123"}}
    groups: Yaml = {"groups": [{"name": "1e3", "interval": "5m", "limit": 3, "rules": [rule]}]}
    (tmp_path / "rules.yml").write_text(emit(groups))

    checked = generation.promtool("check", "rules", tmp_path / "rules.yml")

    assert checked.returncode == 0, checked.stderr


def test_the_text_is_what_a_person_would_write() -> None:
    value: Yaml = {
        "groups": [
            {
                "name": "checkout",
                "rules": [
                    {
                        "alert": "HighErrorRate",
                        "expr": 'rate(a{b=~"5.."}[5m]) > 0.05',
                        "for": "5m",
                        "labels": {"severity": "critical", "tier": "1", "paged": "yes"},
                        "annotations": {
                            "summary": "error rate: {{ $value }}",
                            "description": "One line.\n\n  Another.\n",
                            "url": "https://a.example/d/1#x",
                        },
                    },
                    {"expr": "sum(\n  a\n)", "keep": True, "limit": 3, "share": 0.5, "none": None},
                ],
            }
        ],
        "empty": {"list": [], "map": {}, "text": ""},
        "matrix": [[1, 2], ["a", "5m"]],
    }
    expected = """\
groups:
  - name: checkout
    rules:
      - alert: HighErrorRate
        expr: rate(a{b=~"5.."}[5m]) > 0.05
        for: 5m
        labels:
          severity: critical
          tier: "1"
          paged: "yes"
        annotations:
          summary: "error rate: {{ $value }}"
          description: |
            One line.

              Another.
          url: https://a.example/d/1#x
      - expr: |-
          sum(
            a
          )
        keep: true
        limit: 3
        share: 0.5
        none: null
empty:
  list: []
  map: {}
  text: ""
matrix:
  - - 1
    - 2
  - - a
    - 5m
"""
    assert emit(value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-7, "1.0e-07\n"),
        (1e16, "1.0e+16\n"),
        (1.5e300, "1.5e+300\n"),
        (-0.0, "-0.0\n"),
        (math.inf, ".inf\n"),
        (-math.inf, "-.inf\n"),
        (math.nan, ".nan\n"),
        (10**20, "100000000000000000000\n"),
        (None, "null\n"),
        ([], "[]\n"),
    ],
)
def test_numbers_and_other_scalars(value: Yaml, text: str) -> None:
    assert emit(value) == text


def test_no_line_ends_in_a_blank() -> None:
    for text in (*NASTY_STRINGS, *nasty_mixtures(500)):
        for line in emit({"a": [text], "b": {"c": text}}).split("\n"):
            assert line == line.rstrip(" \t"), text


def test_keys_stand_in_the_order_given() -> None:
    assert emit({"b": 1, "a": {"d": 2, "c": 3}}) == "b: 1\na:\n  d: 2\n  c: 3\n"


def test_tuples_and_enumerations_are_lists_and_text() -> None:
    class Colour(StrEnum):
        NO = "no"

    assert emit({"a": (1, (Colour.NO, True)), "b": Colour.NO, Colour.NO: ()}) == (
        'a:\n  - 1\n  - - "no"\n    - true\nb: "no"\n"no": []\n'
    )


def test_many_different_strings_do_not_stay_in_memory() -> None:
    emit([f"text {number}" for number in range(50_000)])
    from monitorgen.outputs.yaml_text import _SCALARS

    assert len(_SCALARS) <= 20_001


@pytest.mark.parametrize("value", [{"a": "x\ud800"}, ["\udfff\nb"], {"\ud800": 1}])
def test_a_lone_surrogate_is_refused(value: Yaml) -> None:
    with pytest.raises(ValueError, match="lone surrogate"):
        emit(value)


@pytest.mark.parametrize("value", [b"a", [b"a"], {"a": object()}, {1: 2}, {"a": {None: 1}}, {"a": {1, 2}}])
def test_what_is_no_yaml_value_is_a_type_error(value: Yaml) -> None:
    with pytest.raises(TypeError):
        emit(value)
