"""The README's way of taking up a change: each server of a built tree reloads as the table says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.checkout import TOP
from tests.support.servers import Generation, run_alertmanager, run_blackbox, run_prometheus

FOLDERS = {
    "blackbox": (run_blackbox, "blackbox.yml", 9115),
    "alertmanager": (run_alertmanager, "alertmanager.yml", 9093),
    "prometheus": (run_prometheus, "prometheus.yml", 9090),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first spec of `init` builds."""
    home = tmp_path_factory.mktemp("first")
    program = Path(sys.executable).with_name("monitorgen")
    for verb in ("init", "build"):
        subprocess.run([program, verb], cwd=home, check=True, capture_output=True)
    return home / "build"


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_reloads(folder: str, tree: Path, newest: Generation, tmp_path: Path) -> None:
    start, config, port = FOLDERS[folder]
    row = next(line for line in (TOP / "README.md").read_text().splitlines() if f"`build/{folder}/`" in line)
    shown = re.search(r"curl -X POST localhost:([0-9]+)(/\S+)`", row)
    assert shown is not None
    assert int(shown[1]) == port
    with start(newest, tree / folder / config, storage=tmp_path) as server:
        assert requests.post(f"{server.url}{shown[2]}", timeout=60).status_code == 200
