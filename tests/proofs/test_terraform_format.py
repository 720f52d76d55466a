"""`terraform fmt` judges our module and a built tree; a machine without it is told so."""

from pathlib import Path

import pytest

from monitorgen.model.stack import CloudAccount
from monitorgen.outputs.terraform import OUTPUT
from monitorgen.proofs.terraform import TERRAFORM_FORMAT, check_format
from monitorgen.resources import data_dir
from tests.support.stacks import stack
from tests.support.terraform import terraform_required

ACCOUNT = CloudAccount("aws", "aws", {"account_id": "012345678901"}, ("eu-west-1",))


def test_the_modules_are_formatted() -> None:
    terraform_required()
    assert check_format(data_dir("terraform")).diagnostics == ()


def test_a_built_tree_is_formatted_until_somebody_edits_it(tmp_path: Path) -> None:
    terraform_required()
    for name, text in OUTPUT.render(stack(clouds=(ACCOUNT,))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert check_format(tmp_path).diagnostics == ()
    variables = tmp_path / "terraform/modules/aws-onboarding/variables.tf"
    variables.write_text(variables.read_text().replace("  type ", " type "))
    (found,) = check_format(tmp_path).diagnostics
    assert found.code == TERRAFORM_FORMAT.id
    assert found.message.startswith("terraform/modules/aws-onboarding/variables.tf is not laid out")


def test_a_file_terraform_cannot_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    terraform_required()
    (tmp_path / "a.tf").write_text("x { = 1\n")
    (found,) = check_format(tmp_path).diagnostics
    assert found.message.startswith("`terraform fmt` cannot read a file. Error: Argument or block")
    assert capfd.readouterr() == ("", "")


def test_without_terraform_the_check_says_that_it_did_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = check_format(tmp_path)
    assert (result.diagnostics, result.not_run) == ((), "there is no `terraform` on the path")
