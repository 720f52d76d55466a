"""The wheel holds what the tree holds and nothing else, and works where nothing but it is installed."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import pytest

from tests.support.checkout import TOP, checkout_files

# Where each folder of the tree is in the wheel.
HOMES = {
    "generator/monitorgen": "monitorgen",
    "exporters/monitorgen_exporters": "monitorgen_exporters",
    "rules": "monitorgen/_data/rules",
    "templates": "monitorgen/_data/templates",
    "grafana": "monitorgen/_data/grafana",
    "terraform": "monitorgen/_data/terraform",
}
# What a working checkout leaves about and nobody must ship: state files hold secrets.
PLANTED = (
    "terraform/x.tfstate",
    "terraform/modules/m/terraform.tfstate.backup",
    "terraform/modules/m/.terraform/providers/p",
    "generator/monitorgen/__pycache__/cli.cpython-311.pyc",
)


def shipped() -> dict[Path, str]:
    """Each file of the tree that belongs into the wheel, and its name there."""
    homes = {PurePosixPath(tree): wheel for tree, wheel in HOMES.items()}
    return {
        file: f"{home}/{PurePosixPath(file).relative_to(tree)}"
        for file in checkout_files()
        for tree, home in homes.items()
        if PurePosixPath(file).is_relative_to(tree)
    }


def run(command: Sequence[str | Path], cwd: Path) -> str:
    """What `command` prints when nothing of this checkout's environment is at hand; it must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the tree with leavings planted in it, and no .gitignore to keep them out."""
    tree = tmp_path_factory.mktemp("tree")
    for file in [*shipped(), *map(Path, ("pyproject.toml", "README.md", "LICENSE"))]:
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TOP / file, tree / file)
    for leaving in PLANTED:
        (tree / leaving).parent.mkdir(parents=True, exist_ok=True)
        (tree / leaving).write_text("secret")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tree / "dist"], tree)
    (wheel,) = (tree / "dist").glob("*.whl")
    return wheel


def test_the_wheel_holds_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = f"monitorgen-{version('monitorgen')}.dist-info"
    assert {name for name in names if not name.startswith(about)} == set(shipped().values())
    assert {"monitorgen/py.typed", "monitorgen_exporters/py.typed"} <= names
    assert {f"{about}/entry_points.txt", f"{about}/licenses/LICENSE"} <= names


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel, what it needs, and nothing else."""
    home = tmp_path_factory.mktemp("clean") / "venv"
    run([sys.executable, "-m", "venv", home], wheel.parent)
    run([home / "bin" / "python", "-m", "pip", "install", "--quiet", wheel], wheel.parent)
    return home / "bin"


def test_version_elsewhere(installed: Path, tmp_path: Path) -> None:
    assert version("monitorgen") in run([installed / "monitorgen", "version"], tmp_path)


def test_a_scaffolded_spec_builds_elsewhere(installed: Path, tmp_path: Path) -> None:
    run([installed / "monitorgen", "init", "spec"], tmp_path)
    run([installed / "monitorgen", "build", "spec", "-o", "tree"], tmp_path)
    assert (tmp_path / "tree" / "manifest.json").is_file()


def test_the_data_is_inside_the_package(installed: Path, tmp_path: Path) -> None:
    kinds = sorted(
        {Path(file).parts[0] for file in shipped()} & {"rules", "templates", "grafana", "terraform"}
    )
    script = f"from monitorgen.resources import data_dir\nfor kind in {kinds}: print(data_dir(kind))"
    found = [Path(line) for line in run([installed / "python", "-c", script], tmp_path).splitlines()]
    assert [(place.parent.name, place.name) for place in found] == [("_data", kind) for kind in kinds]
    assert all(place.is_relative_to(installed.parent) for place in found)


def test_the_runtime_is_importable(installed: Path, tmp_path: Path) -> None:
    run([installed / "python", "-c", "import monitorgen_exporters"], tmp_path)


def test_the_verbs_of_the_runtime_are_listed_without_its_extras(installed: Path, tmp_path: Path) -> None:
    assert "\n  audit " in run([installed / "monitorgen", "--help"], tmp_path)
    assert "tamper-evident" in run([installed / "monitorgen", "audit", "--help"], tmp_path)
