"""Patterns that RE2 refuses: what is said to be wrong, promtool refuses as well."""

import string
from pathlib import Path

import pytest

from monitorgen.promql.pieces import Matcher, Selector, render
from monitorgen.promql.re2 import mistake
from tests.promql.asking import refusals
from tests.support.servers import Generation

WRONG = {
    "(?!test).+": (0, 3, "no lookahead"),
    "a(?=b)": (1, 4, "no lookahead"),
    "(?<!a)b": (0, 4, "no lookbehind"),
    "(?<=a)b": (0, 4, "no lookbehind"),
    "(?>a)": (0, 3, "no atomic groups"),
    "(?#note)a": (0, 3, "no comments"),
    "(?P<x>a)(?P=x)": (8, 12, "no backreferences"),
    r"(a)\1": (3, 5, "no backreferences"),
    r"a\Z": (1, 3, r"no `\Z`"),
    "a\\": (1, 2, "escapes nothing"),
    "(a|b": (0, 4, "this `(` is never closed"),
    "a)": (1, 2, "this `)` closes nothing"),
    "[a-z": (0, 4, "this `[` is never closed"),
    "*": (0, 1, "nothing stands before"),
    "a|*b": (2, 3, "nothing stands before"),
    "(?:+)": (3, 4, "nothing stands before"),
    "a**": (2, 3, "does not repeat a repetition"),
    "a++": (2, 3, "does not repeat a repetition"),
    "a{2}{3}": (4, 7, "does not repeat a repetition"),
    "a*?+": (3, 4, "does not repeat a repetition"),
    "a{1001}": (1, 7, "at most 1000 times"),
    "a{3,2}": (1, 6, "at most 1000 times"),
}
FINE = [
    "", "|", "()", "()*", "a|b", "(a|b)+?", "[]a]", "[^]a]", "[[:alpha:]_]", r"[\]\d-]", "(?i)a", "(?i:a)",
    "(?-s).", "(?P<name>a)", "a{,5}", "a{", "{", "a{2,}", "a{1000}", r"\Qa(b*\E", r"\pL\p{Greek}", "^$*", "]",
    r"\x41\x{e9}\012", r"\.\-\/\_\@", "(?s:.)*?", "a??", "ü+", r"\10", "}", "x{2}?",
]  # fmt: skip


@pytest.mark.parametrize("pattern", WRONG)
def test_the_mistake_and_its_place(pattern: str) -> None:
    start, end, why = WRONG[pattern]
    found = mistake(pattern)
    assert found is not None
    assert (found.start, found.end) == (start, end)
    assert why in found.why


@pytest.mark.parametrize("pattern", FINE)
def test_nothing_is_said_of_what_is_fine(pattern: str) -> None:
    assert mistake(pattern) is None


def test_promtool_refuses_every_pattern_that_is_called_wrong(generation: Generation, tmp_path: Path) -> None:
    escapes = [f"\\{c}" for c in string.ascii_letters + string.digits + string.punctuation]
    patterns = [*WRONG, *FINE, *escapes]
    answers = refusals(
        generation, [render(Selector("x", (Matcher("a", "=~", p),))) for p in patterns], tmp_path
    )
    refused = {p for p, answer in zip(patterns, answers, strict=True) if answer}
    called_wrong = {p for p in patterns if mistake(p) is not None}
    assert called_wrong - refused == set()
    assert refused & set(FINE) == set()
