"""The form of Terraform files, as Terraform itself judges it.

Needs a `terraform` on the path; without one the check does not run, and says so.
"""

import logging
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path

from monitorgen.model.diagnostic import Code, Diagnostic

__all__ = ["CODES", "TERRAFORM_FORMAT", "FormatCheck", "check_format"]

TERRAFORM_FORMAT = Code(
    "MG0640",
    "Terraform files that `terraform fmt` would change",
    "Terraform has one way to lay out a file, and a reviewer's eye rests on it. A file that is laid out "
    "otherwise was changed by hand in the built tree, or cannot be read by Terraform at all.",
)
CODES = (TERRAFORM_FORMAT,)


@dataclass(frozen=True, slots=True)
class FormatCheck:
    """What came of it. `not_run` says why the check could not run; it is empty when it did."""

    diagnostics: tuple[Diagnostic, ...] = ()
    not_run: str = ""


def check_format(folder: Path, program: Path | None = None) -> FormatCheck:
    """Whether every `.tf` file below `folder` has the form `terraform fmt` gives; `.tf.json` has none.

    Asks the Terraform at `program`, or the one on the path.
    """
    import python_terraform

    if program is None and shutil.which("terraform") is None:
        return FormatCheck(not_run="there is no `terraform` on the path")
    # The package reports a failure of Terraform by a deprecated call of `logging`, on standard error if
    # nobody listens; we say it ourselves.
    logging.getLogger("python_terraform").addHandler(logging.NullHandler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        flag = python_terraform.IsFlagged
        terraform = python_terraform.Terraform(
            working_dir=str(folder), terraform_bin_path=str(program or "terraform")
        )
        code, out, err = terraform.cmd("fmt", check=flag, recursive=flag, list=True, no_color=flag)
    if code == 0:
        return FormatCheck()
    files = [line for line in out.splitlines() if line.endswith((".tf", ".tfvars"))]
    if not files:
        said = err[max(0, err.find("Error:")) :].strip()  # warnings about the user's own set-up come first
        return FormatCheck((TERRAFORM_FORMAT.at(None, f"`terraform fmt` cannot read a file. {said}"),))
    hint = "build the tree again, or run `terraform fmt` on a module of your own"
    return FormatCheck(
        tuple(
            TERRAFORM_FORMAT.at(None, f"{file} is not laid out as `terraform fmt` would", hint=hint)
            for file in sorted(files)
        )
    )
