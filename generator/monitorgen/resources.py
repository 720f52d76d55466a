"""Where the rule library, the templates, the Grafana files and the Terraform modules are on this machine.

They stand at the top of the repository, and in the wheel inside the package. This module is the only
place that knows both homes.
"""

from pathlib import Path
from typing import Literal

__all__ = ["Kind", "data_dir"]

Kind = Literal["rules", "templates", "grafana", "terraform"]


def data_dir(kind: Kind) -> Path:
    """The folder that holds the `kind` files, installed or in a checkout.

    Raises FileNotFoundError when the distribution was put together without them, which is a fault of
    the installation and never of a spec.
    """
    return _locate(Path(__file__).resolve().parent, kind)


def _locate(package: Path, kind: Kind) -> Path:
    packaged = package / "_data" / kind
    if packaged.is_dir():
        return packaged
    checkout = package.parents[1]
    # The project file tells our checkout from a `rules` that happens to stand beside site-packages.
    if (checkout / "pyproject.toml").is_file() and (checkout / kind).is_dir():
        return checkout / kind
    raise FileNotFoundError(f"monitorgen was installed without its {kind} files: install it again")
