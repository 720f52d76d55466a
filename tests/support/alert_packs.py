"""The alert rules that monitorgen brings for what of it runs."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from monitorgen.resources import data_dir

__all__ = ["PACKS", "folder", "rules"]

PACKS: Final = ("audit", "receiver")


def folder(pack: str) -> Path:
    """Where the rules, their tests and their runbook are."""
    return Path(str(data_dir("rules"))) / pack


@cache
def rules(pack: str) -> list[dict[str, Any]]:
    """The alert rules of a pack, which has one group."""
    ((group,),) = yaml.safe_load((folder(pack) / "alerts.yml").read_text()).values()
    found: list[dict[str, Any]] = group["rules"]
    return found
