"""The generated parts of the pages are what the code says now."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.documentation.markdown import BEGIN, END, pages
from tests.support.checkout import TOP


def check(top: Path) -> subprocess.CompletedProcess[str]:
    """`scripts/docs --check` on the pages below `top`."""
    return subprocess.run(
        [TOP / "scripts" / "docs", "--check", "--top", top], capture_output=True, text=True, check=False
    )


def test_every_page_is_fresh() -> None:
    done = check(TOP)
    assert (done.returncode, done.stderr) == (0, "")


STALE = {
    "docs/conditions/threshold.md": ("value: 400ms", "value: 500ms"),
    "docs/spec/teams.md": ("| `notify` |", "| `notifies` |"),
    "docs/cli.md": ("`--strict`", "`--stricter`"),
    "docs/diagnostics.md": ("MG0203", "MG0299"),
    "docs/compatibility.md": ("| `holt_winters` |", "| `holt` |"),
}
"""An example that no longer compiles to what stands below it, and a table of each kind."""


def test_stale_pages_are_found(tmp_path: Path) -> None:
    shutil.copytree(TOP / "docs", tmp_path / "docs")
    shutil.copyfile(TOP / "README.md", tmp_path / "README.md")
    for page, (old, new) in STALE.items():
        text = (tmp_path / page).read_text()
        assert old in text
        (tmp_path / page).write_text(text.replace(old, new, 1))
    done = check(tmp_path)
    assert done.returncode == 1
    assert sorted(done.stderr.splitlines()) == sorted(f"{page} is stale: run scripts/docs" for page in STALE)


@pytest.mark.parametrize("page", pages(TOP), ids=lambda page: str(page.relative_to(TOP)))
def test_every_mark_has_its_end(page: Path) -> None:
    text = page.read_text()
    begun = sum(BEGIN.fullmatch(line) is not None for line in text.splitlines())
    assert begun == text.splitlines().count(END)
