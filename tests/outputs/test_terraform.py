"""The Terraform output: a root that Terraform itself reads, calling the module with what the module takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitorgen.model.stack import CloudAccount, Stack
from monitorgen.outputs.terraform import OUTPUT, literal
from tests.support.nasty_strings import NASTY_STRINGS
from tests.support.stacks import stack
from tests.support.terraform import outputs, run_terraform, terraform_required

SETTINGS = {
    "account_id": "012345678901",
    "role_name": "monitorgen-discovery",
    "trusted_principals": ["arn:aws:iam::111122223333:role/prometheus"],
    "cloudwatch": True,
    "tags": {"owner": "plat${form}", "100%{": "%{ if true }"},
}
ACCOUNT = CloudAccount("aws", "aws", SETTINGS, ("eu-west-1", "eu-central-1"))
MODULE = "terraform/modules/aws-onboarding"
TRICKY = [
    "${path.root}",
    "$${path.root}",
    "$$${a}",
    "%{ if x }",
    "%%{ for }",
    "${",
    "%{",
    "a\n${b}\t\"'\\",
    "München 🎉",
]


def tree(given: Stack) -> dict[str, str]:
    return dict(OUTPUT.render(given))


def root() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tree(stack(clouds=(ACCOUNT,)))["terraform/main.tf.json"])
    return found


def test_no_clouds_no_files() -> None:
    assert tree(stack()) == {}


def test_the_tree_has_the_root_and_the_whole_module() -> None:
    assert sorted(tree(stack(clouds=(ACCOUNT,)))) == [
        "terraform/main.tf.json",
        *(
            f"{MODULE}/{name}"
            for name in ("README.md", "main.tf", "outputs.tf", "policies.tf", "variables.tf", "versions.tf")
        ),
    ]


def test_the_root_in_full() -> None:
    assert root() == {
        "//": "Written by monitorgen from `clouds:` of the spec. Change the spec, not this file.",
        "terraform": {
            "required_version": ">= 1.3",
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 4.0"}},
        },
        "provider": {
            "aws": [{"alias": "aws", "region": "eu-west-1", "allowed_account_ids": ["012345678901"]}]
        },
        "module": {
            "aws": {
                "source": "./modules/aws-onboarding",
                "providers": {"aws": "aws.aws"},
                "regions": ["eu-west-1", "eu-central-1"],
                "role_name": "monitorgen-discovery",
                "trusted_principals": ["arn:aws:iam::111122223333:role/prometheus"],
                "cloudwatch": True,
                "tags": {"owner": "plat$${form}", "100%%{": "%%{ if true }"},
            }
        },
        "output": {
            "aws_role_arn": {
                "description": "The role that discovery takes.",
                "value": "${module.aws.role_arn}",
            }
        },
    }


def test_the_module_takes_what_the_root_gives_and_misses_nothing() -> None:
    text = tree(stack(clouds=(ACCOUNT,)))[f"{MODULE}/variables.tf"]
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S)
    variables = {name: re.search(r"^  default ", body, re.M) is not None for name, body in blocks}
    given = set(root()["module"]["aws"]) - {"source", "providers"}
    assert given <= set(variables)
    assert {name for name, has_default in variables.items() if not has_default} <= given


def test_terraform_accepts_the_root_and_every_argument(tmp_path: Path) -> None:
    """Terraform reads the root as built and checks types and validations of the module's variables.

    Without AWS's provider, which the stand-in resources of a module cannot replace, the two resources are
    left out of the copy, and with them all that asks for the provider.
    """
    terraform_required()
    write_without_provider(tmp_path, root())
    assert outputs(tmp_path)["aws_role_arn"] == SETTINGS["tags"]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("tags", "text"),
        ("trusted_principals", ["*"]),
        ("regions", []),
        ("unheard_of", 1),
        ("cloudwatch", "x"),
    ],
)
def test_terraform_would_notice_a_wrong_argument(tmp_path: Path, argument: str, value: object) -> None:
    terraform_required()
    wrong = root()
    wrong["module"]["aws"][argument] = value
    write_without_provider(tmp_path, wrong)
    assert run_terraform(tmp_path, "init", "-input=false").returncode == 0 or argument == "unheard_of"
    assert run_terraform(tmp_path, "plan", "-input=false").returncode != 0


def write_without_provider(folder: Path, given: dict[str, Any]) -> None:
    for name, text in tree(stack(clouds=(ACCOUNT,))).items():
        file = folder / Path(name).relative_to("terraform")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    module = folder / "modules/aws-onboarding"
    for needs_provider in ("main.tf", "versions.tf"):
        (module / needs_provider).unlink()
    (module / "outputs.tf").write_text('output "role_arn" {\n  value = var.tags\n}\n')
    del given["terraform"]["required_providers"], given["provider"], given["module"]["aws"]["providers"]
    (folder / "main.tf.json").write_text(json.dumps(given))


def test_terraform_reads_every_text_back_as_it_was(tmp_path: Path) -> None:
    terraform_required()
    # Terraform drops a byte order mark that begins a text, and knows no way to write one there.
    nasty = [text for text in NASTY_STRINGS if not text.startswith("\ufeff")]
    texts = {f"t{i}": text for i, text in enumerate([*TRICKY, *nasty])}
    given = {name: {"value": literal([text, {text: text}])} for name, text in texts.items()}
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": given}))
    assert outputs(tmp_path) == {name: [text, {text: text}] for name, text in texts.items()}
