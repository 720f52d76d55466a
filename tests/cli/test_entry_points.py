"""Verbs that arrive by entry points: found when asked for, never in a compiler's verb's way."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitorgen.cli.commands import COMMANDS, ENTRY_POINTS
from monitorgen.cli.lazy import LazyGroup
from tests.support.command_line import monitorgen

MODULE = '''
import click

@click.command("greet")
def command() -> None:
    """Say hello, as a test."""
    click.echo("hello")
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of another hand that adds `greet`, and would like to replace `build`."""
    (tmp_path / "greeting_verbs.py").write_text(MODULE)
    about = tmp_path / "greeting_verbs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting-verbs\nVersion: 1.0\n")
    value = "greeting_verbs:command"
    (about / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\ngreet = {value}\nbuild = {value}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("greeting_verbs", None)


@pytest.mark.usefixtures("plugin")
def test_a_verb_of_another_package() -> None:
    assert monitorgen("greet").output == "hello\n"
    listed = monitorgen("--help").output
    assert "greet       Say hello, as a test." in listed
    assert listed.count("\n  build ") == 1
    assert "Did you mean `greet`?" in monitorgen("gret").stderr


@pytest.mark.usefixtures("plugin")
def test_a_verb_of_the_compiler_cannot_be_replaced() -> None:
    assert "Compile a spec" in monitorgen("build", "--help").output


def test_the_compilers_verbs_do_not_look_for_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_wanted: str) -> None:
        raise AssertionError("the metadata of every package was opened")

    monkeypatch.setattr(importlib.metadata, "entry_points", refuse)
    for verb in COMMANDS:
        assert monitorgen(verb, "--help").exit_code == 0


def test_the_runtime_is_not_imported_for_the_compiler() -> None:
    script = (
        "import sys\nfrom monitorgen.cli import cli\n"
        "cli.main(['schema'], prog_name='monitorgen', standalone_mode=False)\n"
        "print([name for name in sys.modules if name.startswith('monitorgen_exporters')])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.endswith("[]\n")


def test_a_missing_extra_is_said_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needy_verb.py").write_text(
        "import click\n\n@click.command()\ndef command() -> None:\n    import package_that_nobody_has\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    group = LazyGroup("audit", modules={"needy": "needy_verb"}, extra="audit")
    with pytest.raises(click.ClickException) as caught:
        group.main(["needy"], prog_name="audit", standalone_mode=False)
    assert caught.value.message == (
        "`audit` needs the Python package package_that_nobody_has, which is not installed: "
        "pip install 'monitorgen[audit]'"
    )
