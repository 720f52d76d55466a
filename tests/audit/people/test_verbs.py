"""`--help` of each audit verb teaches, and each is on its page."""

import re
import shlex
from pathlib import Path

import click
import pytest

from monitorgen_exporters.audit.cli import VERBS
from monitorgen_exporters.audit.cli import command as group
from scripts.documentation.markdown import anchors
from tests.support.checkout import TOP
from tests.support.command_line import monitorgen

CONTEXT = click.Context(group, info_name="monitorgen audit")


def _leaves(name: str) -> list[tuple[str, click.Command]]:
    """The verb, or the verbs below it."""
    found = group.get_command(CONTEXT, name)
    assert found is not None
    if not isinstance(found, click.Group):
        return [(name, found)]
    below = click.Context(found, parent=CONTEXT)
    inner = [(each, found.get_command(below, each)) for each in found.list_commands(below)]
    return [(f"{name} {each}", command) for each, command in inner if command is not None]


LEAVES = dict(leaf for name in VERBS for leaf in _leaves(name))


def test_the_group_lists_them() -> None:
    output = monitorgen("audit", "--help").output
    assert [line.split()[0] for line in re.findall(r"^  \w[\w-]* +[A-Z].*", output, re.MULTILINE)] == list(
        VERBS
    )


@pytest.mark.parametrize("name", LEAVES)
def test_what_it_is_for(name: str) -> None:
    short = LEAVES[name].get_short_help_str(200)
    assert 10 < len(short) < 100, short
    assert short[0].isupper()


@pytest.mark.parametrize("name", LEAVES)
def test_its_examples_can_be_called(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = LEAVES[name].help or ""
    if "Examples:" not in text:  # a group of verbs shows them together
        assert " " in name
        above = group.get_command(CONTEXT, name.split()[0])
        assert above is not None
        text = above.help or ""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.jsonl").touch()
    calls = re.findall(
        rf"^ +monitorgen audit {name}((?: .*)?)$", text.partition("Examples:")[2], re.MULTILINE
    )
    assert calls or "Examples:" in text
    for call in calls:
        # Two blanks or more set off what an example shows; what follows `>` or `|` is for the shell.
        words = shlex.split(re.split(r" {2,}| [>|] ", call.rstrip())[0])
        LEAVES[name].make_context(name, words, parent=CONTEXT).close()


@pytest.mark.parametrize("name", LEAVES)
def test_its_options_and_exit_codes_are_explained(name: str) -> None:
    assert "Exit codes:" in (LEAVES[name].help or "") or " " in name
    for parameter in LEAVES[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", VERBS)
def test_it_is_on_the_page(name: str) -> None:
    assert name in anchors((TOP / "docs" / "audit" / "verbs.md").read_text())
