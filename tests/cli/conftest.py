"""What tests of `monitorgen test` share: a tree, and a proof of it."""

import shutil
from pathlib import Path

import pytest

from tests.support.checkout import TOP
from tests.support.command_line import monitorgen
from tests.support.proofs import prove_once


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example acme, built without the parts that Terraform judges. Not to be changed."""
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(TOP / "examples" / "acme" / "spec", folder / "spec")
    (folder / "spec" / "emit.yaml").write_text("emit: {terraform: false}\n")
    assert monitorgen("build", folder / "spec", "-o", folder / "build").exit_code == 0
    return folder / "build"


@pytest.fixture
def one_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree is proved once, in however many ways it is then told of."""
    prove_once(monkeypatch)
