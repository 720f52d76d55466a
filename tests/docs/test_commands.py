"""The commands that README.md and the first steps show are run, and print what is shown."""

import sys
from pathlib import Path

import pytest

from scripts.documentation.markdown import fences
from tests.docs.console import Command, Ran, commands, differences, run
from tests.support.checkout import TOP
from tests.support.servers import Generation
from tests.support.waiting import free_port


def _path(newest: Generation, *folders: Path) -> str:
    return ":".join(map(str, (newest.bin, *folders, "/usr/local/bin", "/usr/bin", "/bin")))


def test_the_readme(newest: Generation, tmp_path: Path) -> None:
    shown = commands((TOP / "README.md").read_text())
    assert {
        "monitorgen init",
        "monitorgen check",
        "monitorgen build",
        "monitorgen test",
        "monitorgen route",
    } <= {" ".join(command.text.split()[:2]) for command in shown}
    # The first python3 on the path is the one that runs the tests.
    python = tmp_path / "python"
    python.mkdir()
    (python / "python3").symlink_to(sys.executable)
    environment = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": _path(newest, python)}
    assert wrong(shown, run(shown, TOP, environment)) == []


def test_getting_started(newest: Generation, tmp_path: Path) -> None:
    shown = commands((TOP / "docs" / "getting-started.md").read_text())
    environment = {"PATH": _path(newest, Path(sys.executable).parent)}
    assert wrong(shown, run(shown, tmp_path, environment)) == []


def test_operating_the_audit_log(newest: Generation, tmp_path: Path) -> None:
    shown = commands((TOP / "docs" / "audit" / "operating.md").read_text())
    environment = {"PATH": _path(newest, Path(sys.executable).parent), "USER": "ann"}
    assert wrong(shown, run(shown, tmp_path, environment)) == []


def test_ten_minutes_with_the_receiver(newest: Generation, tmp_path: Path) -> None:
    page = (TOP / "docs" / "receiver" / "README.md").read_text()
    # Ports that nobody else has: others work on this machine, too.
    for port in ("9393", "9093"):
        page = page.replace(port, str(free_port()))
    spec = next(fence for fence in fences(page) if fence.before == "Put this into `spec/receiver.yaml`:")
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "receiver.yaml").write_text(spec.text)
    environment = {
        "PATH": _path(newest, Path(sys.executable).parent),
        "USER": "ann",
        "MONITORGEN_RECEIVER_CONFIG": "",
    }
    shown = commands(page)
    assert wrong(shown, run(shown, tmp_path, environment)) == []


def wrong(shown: list[Command], ran: list[Ran]) -> list[str]:
    """What differs, command by command."""
    assert len(ran) == len(shown)
    return [said for pair in zip(shown, ran, strict=True) if (said := differences(*pair))]


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        (("a", "b"), "a\nb", True),
        (("a", "b"), "a\nc", False),
        (("a", "..."), "a\nb\nc", True),
        (("...", "c"), "a\nb\nc", True),
        (("a", "...", "c"), "a\nb", False),
        (("a ... (b)",), "a 12 (b)", True),
        (("a ... (b)",), "a 12\n(b)", False),
        ((), "whatever", True),
    ],
)
def test_what_is_shown_is_compared(expected: tuple[str, ...], printed: str, same: bool) -> None:
    assert (differences(Command("x", expected), Ran(printed, 0)) == "") is same


def test_a_command_that_fails_is_told_unless_it_is_shown_to() -> None:
    assert differences(Command("x", ()), Ran("", 1))
    assert not differences(Command("x", ("a: error MG0312: b",)), Ran("a: error MG0312: b", 1))
