"""Which files make up a spec."""

import shutil
from pathlib import Path

from monitorgen.source.files import spec_files
from tests.support.checkout import TOP

ACME = TOP / "examples" / "acme"


def test_a_built_tree_beside_the_spec_is_no_part_of_it(tmp_path: Path) -> None:
    shutil.copytree(ACME / "build", tmp_path / "build")
    shutil.copytree(ACME / "spec", tmp_path / "spec")
    names = {file.name for file in spec_files([tmp_path])}
    assert names == {f"spec/{file.name}" for file in spec_files([ACME / "spec"])}


def test_a_folder_called_build_may_be_part_of_a_spec(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "manifest.json").write_text("{}")
    (tmp_path / "build" / "pipeline.yaml").write_text("organization: acme")
    assert [file.name for file in spec_files([tmp_path])] == ["build/pipeline.yaml"]


def test_a_built_tree_that_is_named_is_read(tmp_path: Path) -> None:
    shutil.copytree(ACME / "build", tmp_path / "build")
    assert spec_files([tmp_path / "build"])
