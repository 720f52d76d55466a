"""A copy of a Prometheus configuration that can be checked on a machine which lacks what it refers to.

promtool wants the files a configuration names to exist, and a distribution's build lacks service
discoveries. Here is what is left when both are taken care of; the rest of the copy says what the original
says.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Staged", "staged"]

_PLAIN = frozenset({"labels", "external_labels", "params", "headers", "http_headers"})
"""Mappings whose keys are names, so that a key which ends in `_file` refers to no file."""


@dataclass(slots=True)
class Staged:
    """Where the copy is, which blocks it lacks and how often, and which files are only stood in for."""

    config: Path
    left_out: Counter[str] = field(default_factory=Counter)
    stand_ins: dict[str, Path] = field(default_factory=dict)


def staged(content: dict[str, Any], home: Path, folder: Path, leave_out: Collection[str]) -> Staged:
    """A copy of `content`, read from a file in `home`, written into `folder`.

    The rule files are left out, as are the blocks named in `leave_out`, wherever they stand. Paths lead to
    the same files as before, or to an empty one in `folder` where there is none.
    """
    copy = Staged(folder / "prometheus.yml")
    whole = {key: value for key, value in content.items() if key != "rule_files"}
    text = yaml.dump(
        _copied(whole, home, copy, frozenset(leave_out)), Dumper=yaml.CSafeDumper, allow_unicode=True
    )
    copy.config.write_text(text, "utf-8")
    return copy


def _copied(value: Any, home: Path, copy: Staged, leave_out: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_copied(item, home, copy, leave_out) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, below in value.items():
        if key in leave_out:
            copy.left_out[key] += len(below) if isinstance(below, list) else 1
        elif key in _PLAIN:
            kept[key] = below
        elif isinstance(below, str) and str(key).endswith("_file"):
            kept[key] = str(_existing(below, home, copy))
        elif key in ("files", "scrape_config_files") and isinstance(below, list):
            kept[key] = [path for item in below for path in _found(str(item), home)]
        else:
            kept[key] = _copied(below, home, copy, leave_out)
    return kept


def _found(pattern: str, home: Path) -> list[str]:
    # The files themselves: of a pattern promtool does not say in which of its files something is wrong.
    whole = str(home / pattern)
    return sorted(glob(whole)) or [whole]  # noqa: PTH207 (absolute patterns)


def _existing(path: str, home: Path, copy: Staged) -> Path:
    real = home / path
    if real.is_file():
        return real
    if path not in copy.stand_ins:
        stand_in = copy.config.parent / f"stand-in-{len(copy.stand_ins) + 1}"
        stand_in.touch()
        copy.stand_ins[path] = stand_in
    return copy.stand_ins[path]
