"""`monitorgen completion`: the script it prints, sourced by a real bash, completes verbs and values."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitorgen.cli.commands import COMMANDS
from tests.support.command_line import monitorgen

_ASK = """
eval "$(monitorgen completion bash)"
COMP_WORDS=({words})
COMP_CWORD={index}
COMPREPLY=()
_monitorgen_completion monitorgen
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(words: str, folder: Path) -> list[str]:
    """What bash offers for the last word; a space at the end asks for the next one."""
    parts = words.split()
    index = len(parts) - 1
    if words.endswith(" "):
        index, parts = len(parts), [*parts, '""']
    said = subprocess.run(
        ["bash", "-c", _ASK.format(words=" ".join(parts), index=index)],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    # Outside of a real completion bash has no `compopt`, by which it would go on with file names.
    assert "Traceback" not in said.stderr
    return said.stdout.split()


@pytest.fixture(autouse=True)
def _bash() -> None:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")


def test_verbs(tmp_path: Path) -> None:
    assert completed("monitorgen ", tmp_path) == [*COMMANDS, "audit", "receiver"]
    assert completed("monitorgen co", tmp_path) == ["completion"]


def test_options(tmp_path: Path) -> None:
    assert completed("monitorgen build --all", tmp_path) == ["--all-environments"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("monitorgen check --format ", ["text", "json", "sarif", "github"]),
        ("monitorgen check --format s", ["sarif"]),
        ("monitorgen completion ", ["bash", "zsh", "fish"]),
        ("monitorgen explain MG032", ["MG0320", "MG0321", "MG0322", "MG0323", "MG0324", "MG0325", "MG0326"]),
        ("monitorgen nonsense --fo", []),
    ],
)
def test_values(words: str, offered: list[str], tmp_path: Path) -> None:
    assert completed(words, tmp_path) == offered


def test_environments_of_the_spec_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "monitorgen.yaml").write_text("environments: {staging: {}, production: {}}\n")
    assert completed("monitorgen build -e ", tmp_path) == ["staging", "production"]
    assert completed("monitorgen build -e st", tmp_path) == ["staging"]
    (tmp_path / "other.yaml").write_text("environments: {canary: {}}\n")
    assert completed("monitorgen check other.yaml -e ", tmp_path) == ["canary"]


def test_no_spec_and_a_broken_spec_complete_nothing(tmp_path: Path) -> None:
    assert completed("monitorgen build -e ", tmp_path) == []
    (tmp_path / "monitorgen.yaml").write_text("environments: [\n")
    assert completed("monitorgen build -e ", tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    result = monitorgen("completion", shell)
    assert result.exit_code == 0
    assert f"_MONITORGEN_COMPLETE={shell}_complete" in result.output
    assert f"monitorgen completion {shell}" in monitorgen("completion", "--help").output
