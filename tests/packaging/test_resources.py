"""The data folders are found in a checkout and in an installed package, and missed in words."""

from pathlib import Path

import pytest

from monitorgen import resources
from tests.support.checkout import TOP


def test_in_this_checkout() -> None:
    assert resources.data_dir("terraform") == TOP / "terraform"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed monitorgen that has no data yet."""
    package = tmp_path / "lib" / "site-packages" / "monitorgen"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    return package


def test_in_an_installed_package(package: Path) -> None:
    (package / "_data" / "rules").mkdir(parents=True)
    assert resources.data_dir("rules") == package / "_data" / "rules"


def test_the_package_goes_before_a_checkout_around_it(package: Path) -> None:
    (package / "_data" / "rules").mkdir(parents=True)
    (package.parents[1] / "rules").mkdir()
    (package.parents[1] / "pyproject.toml").touch()
    assert resources.data_dir("rules") == package / "_data" / "rules"


def test_a_folder_that_is_not_ours_is_not_taken(package: Path) -> None:
    (package.parents[1] / "rules").mkdir()
    with pytest.raises(FileNotFoundError, match="installed without its rules files"):
        resources.data_dir("rules")
