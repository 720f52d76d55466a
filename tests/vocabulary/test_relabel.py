"""Relabelling steps, judged by us and by promtool of both generations."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from monitorgen.vocabulary.relabel import RelabelStep
from tests.support.servers import Generation

Step = dict[str, Any]

X: Step = {"source_labels": ["x"]}
XY: Step = {"source_labels": ["x", "y"]}
SET: Step = {**X, "target_label": "a"}


def _does(action: str, **fields: Any) -> Step:
    return {"action": action, **fields}


def _to(label: str) -> Step:
    return {**X, "target_label": label}


def _regex(pattern: str) -> Step:
    return {**SET, "regex": pattern}


TAKEN: tuple[Step, ...] = (
    {"target_label": "a", "replacement": "b"},
    {"target_label": "a", "replacement": ""},
    SET,
    {**XY, "separator": "", "target_label": "a"},
    {"source_labels": ["__meta_x"], "target_label": "__address__", "replacement": "$1:9100"},
    *map(_to, ("${1}_a", "$1", "a$1b", "${name}")),
    *map(_regex, ("", "a|b", "|", "^*", "[]a]", r"\p{Greek}", r"[[:alpha:]-]", r"\Q(\E", "(?i)a", "[^a-z]+")),
    *map(
        _regex, (r"(?P<n>a)", r"\x{10FFFF}", r"[\w-.]", r"[\]a]", r"a{2,1000}", r"a+?", r"[a\-z]", r"[--a]")
    ),
    _does("replace", **SET),
    _does("keep", **X, regex="a"),
    _does("drop", **XY, separator="/", regex="a/b"),
    _does("hashmod", **SET, modulus=4),
    _does("labelmap", regex="a_(.+)"),
    _does("labelmap", regex="a_(.+)", replacement="b_$1"),
    _does("labeldrop", regex="a"),
    _does("labelkeep", regex="a|__.*"),
    _does("lowercase", **SET),
    _does("uppercase", **XY, separator="-", target_label="a"),
    _does("keepequal", **SET),
    _does("dropequal", **XY, target_label="a"),
)
"""What we and every supported Prometheus take."""

REFUSED: tuple[Step, ...] = (
    {},
    {"target_lable": "a"},
    {"source_labels": "x", "target_label": "a"},
    {"source_labels": ["a-b"], "target_label": "a"},
    {"source_labels": [""], "target_label": "a"},
    *map(_to, ("a-b", "1a", "$1-x", "${1", "a b", "ü", "a.b", "")),
    *map(_regex, ("(", ")", "*", "a**", "|*", "(?=a)", "(?<n>a)", "(?z)a", "a{2,1}", "a{1001}", r"(a)\1")),
    *map(_regex, ("[a", "[]", "[z-a]", "[^z-a]", "[[:foo:]]", r"[\8]", r"[a\Qb]", r"[b-\d]", r"[\b]")),
    *map(_regex, (r"\y", r"\pX", r"\p{l}", r"\xg0", r"\x{110000}", "\\", r"a\Qx", r"\Qa\Eb\Q")),
    _does("kep", **X, regex="a"),
    _does("", **SET),
    _does("hashmod", **SET),
    _does("hashmod", **SET, modulus=0),
    _does("hashmod", **SET, modulus=-4),
    _does("hashmod", **X, modulus=4),
    _does("hashmod", **_to("$1"), modulus=4),
    _does("labelmap", regex="a_(.+)", replacement="b-$1"),
    _does("labelmap", regex="a_(.+)", replacement=""),
    _does("labeldrop", regex="a", **X),
    _does("labeldrop", regex="a", target_label="x"),
    _does("labelkeep", regex="a", separator="-"),
    _does("labelkeep", regex="a", modulus=1),
    _does("labeldrop", regex="a", replacement="x"),
    _does("lowercase", **X),
    _does("lowercase", **SET, replacement="b"),
    _does("keepequal", **X),
    _does("dropequal", **SET, regex="b"),
    _does("dropequal", **SET, separator="-"),
    _does("keepequal", **SET, modulus=4),
)
"""What we refuse, and at least the oldest Prometheus."""

SILENT: tuple[Step, ...] = (
    {**SET, "modulus": 3},
    {**SET, "separator": "-"},
    _does("keep", **X),
    _does("keep", regex="a"),
    _does("keep", **X, regex="a", target_label="y"),
    _does("drop", **X, regex="a", replacement="y"),
    _does("drop", **X, regex="a", modulus=3),
    _does("hashmod", **SET, modulus=4, regex="a"),
    _does("hashmod", target_label="a", modulus=4),
    _does("labelmap"),
    _does("labelmap", regex="a_(.+)", **X),
    _does("labelmap", regex="a_(.+)", target_label="x"),
    _does("labeldrop"),
    _does("labelkeep", regex="a", replacement="$1"),
    _does("lowercase", **_to("$1")),
    _does("uppercase", **SET, regex="b"),
    _does("uppercase", target_label="a"),
    _does("dropequal", target_label="a"),
)
"""What every Prometheus takes although part of it does nothing, or all of it: we refuse it."""


def ours(step: Step) -> str:
    """What we have against a step; empty when we take it."""
    try:
        RelabelStep.model_validate(step)
    except ValidationError as error:
        return str(error)
    return ""


def theirs(generation: Generation, steps: Sequence[Step], folder: Path) -> list[bool]:
    """Whether promtool takes each step, as we would emit it."""
    files = []
    for index, step in enumerate(steps):
        file = folder / f"{index}.yml"
        file.write_text(json.dumps({"scrape_configs": [{"job_name": "j", "relabel_configs": [step]}]}))
        files.append(file.name)
    said = generation.promtool("check", "config", *files, cwd=folder)
    assert said.stdout.count("Checking ") == len(files)
    refused = set(re.findall(r"FAILED: parsing YAML file (\d+\.yml)", said.stderr))
    assert len(refused) == said.stderr.count("FAILED")
    return [name not in refused for name in files]


def test_what_is_taken(generation: Generation, tmp_path: Path) -> None:
    assert [ours(step) for step in TAKEN] == [""] * len(TAKEN)
    assert [s for s, taken in zip(TAKEN, theirs(generation, TAKEN, tmp_path), strict=True) if not taken] == []


@pytest.mark.parametrize("step", [*REFUSED, *SILENT], ids=str)
def test_what_is_refused(step: Step) -> None:
    assert ours(step)


def test_what_prometheus_refuses(generation: Generation, tmp_path: Path) -> None:
    # Newer servers take any text for a label's name, and regular expressions of later versions of Go.
    taken = [s for s, taken in zip(REFUSED, theirs(generation, REFUSED, tmp_path), strict=True) if taken]
    newer = ("a-b", "a.b", "1a", "$1-x", "${1", "a b", "ü", "(?<n>a)", "b-$1", "$1", r"\p{l}")
    if generation.name == "newest":
        taken = [s for s in taken if not any(text in map(_first, s.values()) for text in newer)]
    assert taken == []


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def test_what_prometheus_passes_over_in_silence(generation: Generation, tmp_path: Path) -> None:
    assert all(theirs(generation, SILENT, tmp_path))


_PATTERNS = st.text(alphabet="ab()[]{}|*+?^$.\\-1,dQE:<P>x", max_size=8)
_LABELS = st.sampled_from(["a", "__b", "$1", "${1}c", "a-b", "1", "", "ü"])
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "source_labels": st.lists(_LABELS, max_size=2),
        "target_label": _LABELS,
        "regex": _PATTERNS,
        "modulus": st.integers(-1, 3),
        "replacement": _LABELS,
    },
)
_STEPS = st.builds(lambda step, changes: {**step, **changes}, st.sampled_from(TAKEN), _CHANGES)


@settings(max_examples=8)
@given(st.lists(_STEPS, min_size=100, max_size=200))
def test_what_we_take_prometheus_takes(
    generation: Generation, tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    ours_too = [step for step in steps if not ours(step)]
    emitted = [RelabelStep.model_validate(step).config() for step in ours_too]
    answers = theirs(generation, emitted, tmp_path_factory.mktemp("steps")) if emitted else []
    assert [step for step, taken in zip(ours_too, answers, strict=True) if not taken] == []


@pytest.mark.parametrize("step", TAKEN, ids=str)
def test_it_is_emitted_as_it_was_given(step: Step) -> None:
    emitted = RelabelStep.model_validate(step).config()
    assert emitted == {key: value for key, value in step.items() if (key, value) != ("action", "replace")}


def test_a_long_text_is_judged_in_no_time() -> None:
    assert ours(_to("a$1" * 20_000 + "-"))
    assert ours(_regex("[a-" * 2_000))
