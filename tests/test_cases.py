"""Golden cases: `cases/NAME/` is a folder that `monitorgen` is called in, and what is expected of the calls.

    args             what the case shows, after `#`; then a call on each line, as typed after `monitorgen`
    stdout, stderr   what the calls print, each after its line, with the exit code when it is not 0
    files            the names of all files below `build/` in the end
    tree/            some of these files, as they must be

What is not there is not looked at. All else in the folder is input. `pytest --update` writes what is
expected anew, but only into files that are there: to watch one more, create it empty.
"""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import monitorgen

CASES = Path(__file__).parent / "cases"
EXPECTED = ("args", "stdout", "stderr", "files", "tree")


def _transcripts(case: Path) -> dict[str, str]:
    """What all calls of the case print, by stream, run in the current folder."""
    said = {"stdout": "", "stderr": ""}
    for line in (case / "args").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        result = monitorgen(*shlex.split(line))
        for stream, text in (("stdout", result.stdout), ("stderr", result.stderr)):
            said[stream] += f"$ monitorgen {line}\n{text}"
        if result.exit_code:
            said["stderr"] += f"[exit code {result.exit_code}]\n"
    return said


def _built(folder: Path) -> str:
    return "".join(f"{path.relative_to(folder)}\n" for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: bool) -> None:
    for source in case.iterdir():
        if source.name not in EXPECTED:
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, tmp_path / source.name)
    monkeypatch.chdir(tmp_path)
    found = {case / stream: text for stream, text in _transcripts(case).items()}
    found[case / "files"] = _built(Path("build"))
    for expected in (case / "tree").rglob("*"):
        if expected.is_file():
            built = Path("build") / expected.relative_to(case / "tree")
            found[expected] = built.read_text() if built.is_file() else "there is no such file\n"
    compared = {path: text for path, text in found.items() if path.exists()}
    assert compared, "the case expects nothing"
    if update:
        for path, text in compared.items():
            path.write_text(text)
    assert {str(path): path.read_text() for path in compared} == {
        str(path): text for path, text in compared.items()
    }


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_every_case_says_what_it_shows(case: Path) -> None:
    assert (case / "args").read_text().startswith("# ")
