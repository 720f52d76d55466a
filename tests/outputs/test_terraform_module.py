"""The onboarding module: what its role may do and who may take it, as Terraform works it out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from monitorgen.resources import data_dir
from tests.support.terraform import outputs, run_terraform, terraform_required

MODULE = data_dir("terraform") / "modules/aws-onboarding"
GIVEN: dict[str, Any] = {
    "trusted_principals": ["arn:aws:iam::111122223333:role/prometheus"],
    "regions": ["eu-west-1", "eu-central-1"],
}
OUTPUTS = """
output "trust" {
  value = jsonencode(local.trust_policy)
}
output "discovery" {
  value = jsonencode(local.discovery_policy)
}
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The module's own variables and policies, which need no provider, with outputs to see them by."""
    terraform_required()
    for name in ("variables.tf", "policies.tf"):
        shutil.copy(MODULE / name, tmp_path)
    (tmp_path / "outputs.tf").write_text(OUTPUTS)
    return tmp_path


def statements(folder: Path, policy: str, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(outputs(folder, **GIVEN | variables)[policy])["Statement"]
    return found


def test_the_role_may_look_at_its_regions_and_do_nothing_else(policies: Path) -> None:
    allowed = statements(policies, "discovery")
    assert [statement.pop("Sid") for statement in allowed] == ["DiscoverInstances", "ReadMetrics"]
    assert [statement.pop("Action") for statement in allowed] == [
        ["ec2:DescribeAvailabilityZones", "ec2:DescribeInstances"],
        ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"],
    ]
    regions = {"StringEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}
    assert allowed == [{"Effect": "Allow", "Resource": "*", "Condition": regions}] * 2


def test_cloudwatch_can_be_left_out(policies: Path) -> None:
    (allowed,) = statements(policies, "discovery", cloudwatch=False)
    assert allowed["Sid"] == "DiscoverInstances"


def test_only_the_named_principals_may_take_the_role(policies: Path) -> None:
    (trust,) = statements(policies, "trust")
    assert trust == {
        "Sid": "TrustedPrincipals",
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": ["arn:aws:iam::111122223333:role/prometheus"]},
    }


def test_an_external_id_is_asked_for_when_there_is_one(policies: Path) -> None:
    (trust,) = statements(policies, "trust", external_id="acme-42")
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "acme-42"}}


@pytest.mark.parametrize(
    "variables",
    [
        {"role_name": "two words"},
        {"trusted_principals": []},
        {"trusted_principals": ["*"]},
        {"trusted_principals": ["arn:aws:iam::111122223333:role/*"]},
        {"external_id": "x"},
        {"external_id": "x" * 1225},
        {"external_id": "a b"},
        {"regions": []},
        {"regions": ["everywhere"]},
    ],
    ids=str,
)
def test_wrong_variables_are_refused(policies: Path, variables: dict[str, Any]) -> None:
    (policies / "given.auto.tfvars.json").write_text(json.dumps(GIVEN | variables))
    done = run_terraform(policies, "plan", "-input=false", "-no-color")
    assert done.returncode != 0
    assert "Invalid value for variable" in done.stderr


def test_the_readme_tells_of_every_variable_and_every_action() -> None:
    readme = (MODULE / "README.md").read_text()
    variables = [
        line.split('"')[1]
        for line in (MODULE / "variables.tf").read_text().splitlines()
        if line.startswith("variable")
    ]
    actions = [
        line.split('"')[1]
        for line in (MODULE / "policies.tf").read_text().splitlines()
        if line.strip().startswith(('"ec2:', '"cloud', '"tag:'))
    ]
    assert (len(variables), len(actions)) == (6, 5)
    assert [name for name in (*variables, *actions) if f"| `{name}` |" not in readme] == []
