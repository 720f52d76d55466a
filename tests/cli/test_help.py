"""`--help` teaches: what a verb does, examples that are real calls, and what the exit codes mean."""

import re
import shlex
from pathlib import Path

import click
import pytest

from monitorgen.cli import cli
from monitorgen.cli.commands import COMMANDS
from tests.support.command_line import monitorgen

CONTEXT = click.Context(cli, info_name="monitorgen")


def _verb(name: str) -> click.Command:
    found = cli.get_command(CONTEXT, name)
    assert found is not None
    return found


def test_the_first_page_lists_every_verb_and_the_exit_codes() -> None:
    output = monitorgen("--help").output
    for name in (*COMMANDS, "audit"):
        assert re.search(rf"^  {name} +\S", output, re.MULTILINE), name
    epilog = " ".join(output.partition("Exit codes:")[2].split())
    for code in ("0 ", "1 ", "2 ", "3 ", "70 ", "130 "):
        assert code in epilog
    assert "\b" not in output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_says_what_it_is_for(name: str) -> None:
    short = _verb(name).get_short_help_str(200)
    assert 10 < len(short) < 90, short
    assert short[0].isupper()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_has_examples_that_can_be_called(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "build").mkdir()
    monkeypatch.chdir(tmp_path)
    output = monitorgen(name, "--help").output
    assert "Examples:" in output
    calls = re.findall(rf"^ +monitorgen {name}((?: .*)?)$", output.partition("Examples:")[2], re.MULTILINE)
    assert calls
    for call in calls:
        # Two blanks or more set off what an example shows; what follows `>` is for the shell.
        words = shlex.split(re.split(r" {2,}| > ", call.rstrip())[0])
        _verb(name).make_context(name, words, parent=CONTEXT)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    for parameter in _verb(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_version_is_the_same_by_verb_and_by_option() -> None:
    said = monitorgen("version").output
    assert re.fullmatch(r"monitorgen \S+ \(Python [\d.]+\)\n", said)
    assert monitorgen("--version").output.strip() == said.partition(" (")[0]


def test_a_mistyped_verb_gets_a_suggestion() -> None:
    result = monitorgen("biuld")
    assert result.exit_code == 2
    assert "there is no command `biuld`. Did you mean `build`?" in result.stderr
