"""A run says which servers it used and what it left out, also when workers did the work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

CONFTEST = """
import tests.conftest
from tests.conftest import *

found = [Generation("newest", Path("bin"), {"prometheus": "3.5"})]
tests.conftest.generations = lambda: found
"""

TESTS = """
from tests.support.tally import record_skip

def test_one(generation):
    record_skip("consul_sd is not compiled in")

def test_two(generation):
    record_skip("consul_sd is not compiled in")
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text("from pathlib import Path\n" + CONFTEST)
    (tmp_path / "test_planted.py").write_text(TESTS)
    return tmp_path


def run(planted: Path, *arguments: str, required: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", planted, "-p", "no:cacheprovider", *arguments],
        cwd=planted,
        # What the outer pytest was told is not meant for this one.
        env={
            **os.environ,
            "PYTHONPATH": str(TOP),
            "MONITORGEN_REQUIRE_SERVERS": required,
            "PYTEST_ADDOPTS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_skips_are_counted_and_printed(planted: Path, workers: tuple[str, ...]) -> None:
    done = run(planted, *workers, required="0")
    assert "newest: prometheus 3.5\n" in done.stdout
    assert "skipped 2: consul_sd is not compiled in\n" in done.stdout
    assert "skipped 2: the oldest servers are not in .servers/oldest" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 passed, 2 skipped in ")
    assert done.returncode == 0


def test_a_missing_generation_fails_where_servers_are_required(planted: Path) -> None:
    done = run(planted, required="1")
    assert "the oldest servers are not in .servers/oldest: run scripts/servers" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 passed, 2 errors in ")
