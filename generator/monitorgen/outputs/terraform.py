"""Terraform: a root in JSON that brings the spec's cloud accounts on board, and the modules it calls.

JSON because a compiler writes it (`.tf.json` is Terraform's own syntax for that); the modules are written by
hand and go into the tree as they are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from monitorgen.model.names import TERRAFORM_DIR
from monitorgen.model.stack import CloudAccount, Stack
from monitorgen.outputs.base import Output, Rendered
from monitorgen.outputs.json_text import emit
from monitorgen.resources import data_dir

__all__ = ["OUTPUT", "literal"]

_MODULES: Final = {"aws": "aws-onboarding"}
_PROVIDERS: Final = {"aws": {"source": "hashicorp/aws", "version": ">= 4.0"}}


def literal(value: Any) -> Any:
    """`value` for an argument in `.tf.json`, at any depth: Terraform reads it back as it is.

    Every string there is a template, keys of mappings too, so what would begin a sequence is doubled.
    """
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, Mapping):
        return {literal(key): literal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [literal(item) for item in value]
    return value


def _render(stack: Stack) -> Rendered:
    if not stack.clouds:
        return
    yield f"{TERRAFORM_DIR}/main.tf.json", emit(_root(stack.clouds))
    for provider in sorted({account.provider for account in stack.clouds}):
        module = f"modules/{_MODULES[provider]}"
        for file in _files(data_dir("terraform") / module):
            yield f"{TERRAFORM_DIR}/{module}/{file.name}", file.read_text(encoding="utf-8")


def _files(folder: Path) -> list[Path]:
    """The module's own files; what Terraform leaves behind in a checkout is not among them."""
    return sorted(file for file in folder.iterdir() if file.suffix in (".tf", ".md"))


def _root(accounts: tuple[CloudAccount, ...]) -> dict[str, Any]:
    used = sorted({account.provider for account in accounts})
    return {
        "//": "Written by monitorgen from `clouds:` of the spec. Change the spec, not this file.",
        "terraform": {
            "required_version": ">= 1.3",
            "required_providers": {provider: _PROVIDERS[provider] for provider in used},
        },
        "provider": {
            provider: [_provider(account) for account in accounts if account.provider == provider]
            for provider in used
        },
        "module": {account.name: _module(account) for account in accounts},
        "output": {
            f"{account.name}_role_arn": {
                "description": "The role that discovery takes.",
                "value": f"${{module.{account.name}.role_arn}}",
            }
            for account in accounts
        },
    }


def _provider(account: CloudAccount) -> dict[str, Any]:
    # With `allowed_account_ids` Terraform stops when the credentials at hand are those of another account.
    return {
        "alias": account.name,
        "region": account.regions[0],
        "allowed_account_ids": [account.settings["account_id"]],
    }


def _module(account: CloudAccount) -> dict[str, Any]:
    settings = {key: value for key, value in account.settings.items() if key != "account_id"}
    return {
        "source": f"./modules/{_MODULES[account.provider]}",
        "providers": {account.provider: f"{account.provider}.{account.name}"},
        "regions": list(account.regions),
        **literal(settings),
    }


OUTPUT = Output("terraform", "Terraform for cloud accounts", _render)
