"""The real Terraform, where the machine has one: it needs no network for what the tests ask of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

__all__ = ["outputs", "run_terraform", "terraform_required"]


def terraform_required() -> None:
    """Skips the test, which is counted and printed, on a machine without Terraform."""
    if shutil.which("terraform") is None:
        pytest.skip("there is no `terraform` on the path")


def run_terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `terraform ARGUMENTS` in `folder` said and how it ended; nobody's own settings have a say."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env=environment | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def outputs(folder: Path, **variables: Any) -> dict[str, Any]:
    """The root's outputs, once applied with these variables. When that fails, so does the test."""
    (folder / "given.auto.tfvars.json").write_text(json.dumps(variables))
    for arguments in (("init", "-input=false"), ("apply", "-input=false", "-auto-approve")):
        done = run_terraform(folder, *arguments, "-no-color")
        assert done.returncode == 0, done.stdout + done.stderr
    values = json.loads(run_terraform(folder, "output", "-json").stdout)
    return {name: value["value"] for name, value in values.items()}
