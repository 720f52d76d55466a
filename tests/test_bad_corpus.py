"""Every code of every check, and a bad spec that shows it.

The files in `bad/` are named by the code they must give. One of each code is the code's own example, written
there by `pytest --update`; beside it there may be more.
"""

import re
from pathlib import Path

import pytest

from monitorgen.cli.pipeline import compile_all
from monitorgen.model.diagnostic import Code, has_errors, in_order
from monitorgen.review.codes import CODES
from monitorgen.source.tree import load, load_text

TESTS = Path(__file__).parent
CORPUS = TESTS / "bad"
BY_ID = {code.id: code for code in CODES}
WITH_EXAMPLE = [code for code in CODES if code.bad]

ELSEWHERE = {
    "MG0101": "source/test_load.py",
    "MG0102": "source/test_load.py",
    "MG0103": "source/test_hostile.py",
    "MG0104": "source/test_hostile.py",
    "MG0105": "source/test_hostile.py",
    "MG0108": "source/test_hostile.py",
    "MG0116": "source/test_faults.py",
    "MG0303": "cases/environment-unknown/stderr",
    "MG0640": "proofs/test_terraform_format.py",
    "MG0701": "outputs/test_tree.py",
    "MG0702": "outputs/test_tree.py",
    "MG0703": "outputs/test_tree.py",
    "MG0704": "outputs/test_tree.py",
    "MG0705": "outputs/test_tree.py",
    "MG0706": "outputs/test_tree.py",
    "MG0707": "outputs/test_tree.py",
    "MG0708": "outputs/test_tree.py",
    "MG0709": "outputs/test_tree_check.py",
}
"""Where the codes are shown that no spec can show: by files, folders, arguments or the built tree."""


def _path(code: Code) -> Path:
    """The file with the code's own example."""
    words = re.sub(r"[^a-z0-9]+", "-", code.title.lower()).strip("-")
    return CORPUS / f"{code.id}-{words}.yaml"


@pytest.mark.parametrize("code", WITH_EXAMPLE, ids=lambda code: code.id)
def test_every_code_has_its_example_in_the_corpus(code: Code, update: bool) -> None:
    text = code.bad.lstrip("\n")
    if update:
        _path(code).write_text(text)
    assert _path(code).read_text() == text, "run pytest --update"


def test_the_corpus_has_no_other_codes() -> None:
    assert {path.name.partition("-")[0] for path in CORPUS.iterdir()} == {code.id for code in WITH_EXAMPLE}


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.stem)
def test_a_bad_spec_gives_its_code_at_one_place_and_nothing_else(path: Path) -> None:
    code = BY_ID[path.name.partition("-")[0]]
    compiled = compile_all(load([path]))
    found = in_order(d for one in compiled for d in one.diagnostics)
    assert [d.code for d in found] == [code.id], [d.message for d in found]
    assert found[0].severity == code.severity
    assert found[0].message
    assert any(one.failed(strict=True) for one in compiled)
    assert any(one.failed() for one in compiled) == has_errors(found)
    span = found[0].span
    assert span is not None
    (source,) = compiled[0].sources.values()
    assert source.line(span.line).strip(), "points at an empty line"


@pytest.mark.parametrize("code", WITH_EXAMPLE, ids=lambda code: code.id)
def test_the_good_example_is_good(code: Code) -> None:
    compiled = compile_all(load_text(code.good.lstrip("\n")))
    assert [d.message for one in compiled for d in one.diagnostics] == []
    assert not any(one.failed(strict=True) for one in compiled)


def test_codes_come_in_pairs_or_are_shown_elsewhere() -> None:
    assert all(bool(code.bad) == bool(code.good) for code in CODES)
    assert {code.id for code in CODES if not code.bad} == set(ELSEWHERE)


@pytest.mark.parametrize("identity", ELSEWHERE)
def test_codes_without_a_spec_are_shown_elsewhere(identity: str) -> None:
    shown = (TESTS / ELSEWHERE[identity]).read_text()
    assert identity in shown or identity == "MG0640"
    assert identity != "MG0640" or "TERRAFORM_FORMAT" in shown


def test_identities_are_unique_and_say_enough() -> None:
    assert len(BY_ID) == len(CODES)
    for code in CODES:
        assert re.fullmatch(r"MG\d{4}", code.id)
        assert len(code.title) > 5
        assert len(code.why) > 40
        assert not code.title.endswith(".")
