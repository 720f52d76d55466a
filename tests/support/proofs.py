"""`monitorgen test` called again on a tree that is proved already: what it says, without a second proof."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from monitorgen.proofs import programs, proving
from monitorgen.proofs.built_tree import BuiltTree
from monitorgen.proofs.proving import Proof

__all__ = ["prove_once"]

_Key = tuple[BuiltTree, tuple[tuple[str, Path], ...], tuple[tuple[str, bytes], ...]]

_KNOWN: dict[_Key, Proof] = {}
"""By the tree, the programs, and what stood in every file."""

_prove = proving.prove
_version_of = cache(programs.version_of)


def prove_once(patch: pytest.MonkeyPatch) -> None:
    """Has `monitorgen test` prove a tree once: asked again of the same files, it takes that proof.

    A program is asked for its version once, too.
    """
    patch.setattr(programs, "version_of", _version_of)
    patch.setattr(proving, "prove", _proved)


def _proved(tree: BuiltTree, found: Mapping[str, Path], tell: Callable[[str], None]) -> Proof:
    files = sorted(path for path in tree.root.rglob("*") if path.is_file())
    key = (tree, tuple(sorted(found.items())), tuple((str(path), path.read_bytes()) for path in files))
    if key not in _KNOWN:
        _KNOWN[key] = _prove(tree, found, tell)
    return _KNOWN[key]
