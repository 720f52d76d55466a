"""`monitorgen explain`: every code, in three formats, with what its example really gives."""

import json
import re

import pytest

from monitorgen.review.codes import CODES
from tests.support.command_line import monitorgen

WITH_EXAMPLE = next(code for code in CODES if code.id == "MG0203")
WITHOUT = next(code for code in CODES if code.id == "MG0102")


def test_text_shows_the_example_and_what_it_gives() -> None:
    result = monitorgen("explain", "MG0203")
    assert result.exit_code == 0
    assert result.output.startswith("MG0203: Not a duration (error)\n")
    lines = result.output.splitlines()
    place = re.compile(r" {4}spec\.yaml:(\d+):(\d+): error MG0203: `5 minutes` is not a duration")
    (shown,) = [found for line in lines if (found := place.fullmatch(line))]
    example = lines[lines.index("Wrong:") + 2 : lines.index("What is said:") - 1]
    line, column = int(shown[1]), int(shown[2])
    assert example[line - 1][4:][column - 1 :] == "5 minutes"
    assert "        for: 5m" in result.output.partition("Right:")[2]


def test_colours_are_off_in_a_pipe() -> None:
    assert "\x1b" not in monitorgen("explain", "MG0203").output


@pytest.mark.parametrize("spelling", ["MG0203", "mg0203", "203", "0203"])
def test_a_code_may_be_spelled_shortly(spelling: str) -> None:
    assert monitorgen("explain", spelling).output.startswith("MG0203: ")


def test_several_codes_at_once() -> None:
    output = monitorgen("explain", "MG0203", "MG0102").output
    assert re.findall(r"^MG\d+(?=: )", output, re.MULTILINE) == ["MG0203", "MG0102"]


def test_a_code_without_an_example_says_why_there_is_none() -> None:
    output = monitorgen("explain", WITHOUT.id).output
    assert "Wrong:" not in output
    assert "no spec can show it" in output


@pytest.mark.parametrize("arguments", [[], ["all"], ["ALL"]])
def test_without_a_code_there_is_the_list(arguments: list[str]) -> None:
    lines = monitorgen("explain", *arguments).output.splitlines()
    assert [line.split()[0] for line in lines] == [code.id for code in CODES]
    assert all(code.title.lower() in line.lower() for code, line in zip(CODES, lines, strict=True))


@pytest.mark.parametrize("wrong", ["MG0204x", "MG9999", "duration"])
def test_an_unknown_code_gets_a_suggestion(wrong: str) -> None:
    result = monitorgen("explain", wrong)
    assert result.exit_code == 2
    assert f"there is no code {wrong.upper()}" in result.stderr
    assert "MG0" in result.stderr.partition("; ")[2]


def test_a_slip_of_the_hand_is_recognised() -> None:
    assert "did you mean `MG0204`?" in monitorgen("explain", "MG0204x").stderr


def test_the_beginning_of_codes_lists_them() -> None:
    result = monitorgen("explain", "MG03")
    assert result.exit_code == 2
    group = [code for code in CODES if code.id.startswith("MG03")]
    assert all(f"  {code.id}  {code.title}\n" in result.stderr for code in group)
    assert "did you mean" not in result.stderr


def test_json_of_all_codes_has_every_diagnostic() -> None:
    entries = json.loads(monitorgen("explain", "all", "--format", "json").output)
    assert [entry["code"] for entry in entries] == [code.id for code in CODES]
    for entry in entries:
        assert entry["title"]
        assert entry["why"]
        assert len(entry["diagnostics"]) == (1 if entry["bad"] else 0), entry["code"]
        assert bool(entry["bad"]) == bool(entry["good"])


def test_markdown_of_all_codes_is_one_page() -> None:
    page = monitorgen("explain", "all", "--format", "markdown").output
    assert re.findall(r"^## (MG\d+): ", page, re.MULTILINE) == [code.id for code in CODES]
    assert page.count("```") % 2 == 0
    assert "\x1b" not in page
    examples = sum(1 for code in CODES if code.bad)
    assert page.count("```yaml\n") == 2 * examples
    assert page.count("```text\n") == examples
