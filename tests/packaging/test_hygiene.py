"""What is committed is ours to publish, and small enough to read."""

import re
from pathlib import Path

import pytest

from tests.support.checkout import TOP, checkout_files

MODULE_LINES = 500
TEST_LINES = 800


def private_paths() -> list[Path]:
    """Folders of this machine that no file may name; a root folder would be found in anything."""
    return [path for path in (TOP, Path.home()) if path != Path(path.anchor)]


def names(text: str, folder: Path) -> bool:
    """True when `text` names `folder` itself or something in it, and not a longer path that ends like it."""
    return re.search(rf"(?<![\w./-]){re.escape(str(folder))}(?![\w.-])", text) is not None


def test_names_tells_paths_apart() -> None:
    home = Path("/home/ann")
    assert all(names(text, home) for text in ("/home/ann", "cd /home/ann/src", '"/home/ann"', "a=/home/ann:"))
    assert not any(names(text, home) for text in ("/home/anna", "/srv/home/ann", "/home/ann-2", "/home"))


@pytest.mark.parametrize("folder", private_paths(), ids=["checkout", "home"][: len(private_paths())])
def test_no_file_names_a_folder_of_this_machine(folder: Path) -> None:
    telling = [file for file in checkout_files() if names((TOP / file).read_text(errors="replace"), folder)]
    assert telling == []


def test_modules_are_small() -> None:
    sizes = {file: (TOP / file).read_text().count("\n") for file in checkout_files() if file.suffix == ".py"}
    limits = {file: TEST_LINES if file.parts[0] == "tests" else MODULE_LINES for file in sizes}
    assert {file: size for file, size in sizes.items() if size > limits[file]} == {}


def test_no_terraform_state() -> None:
    assert [file for file in checkout_files() if ".tfstate" in file.name or ".terraform" in file.parts] == []
