"""A spec's tree as the plain values its models read.

Everywhere a scalar is text, typed by the field that reads it. Only what is merged into an output as it
is (`extra:`) has no field to type it: there YAML's own reading holds, as it would in the
output's file.
"""

import re
from typing import Any

from monitorgen.source.node import NULLS, Mapping, Node, Scalar

__all__ = ["RAW_KEYS", "plain_spec", "typed"]

RAW_KEYS = frozenset({"extra", "alertmanager_extra"})
"""Fields that hold raw configuration."""

_NAMES = frozenset(
    {
        *("services", "teams", "channels", "profiles", "environments", "scrape", "checks", "recordings"),
        *("alerts", "filters", "witnesses"),
    }
)
"""Sections whose keys are names, so that a service may be called `extra`."""

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def plain_spec(root: Mapping) -> tuple[dict[str, Any], list[Scalar]]:
    """The tree as dicts, lists and text; and the scalars that say nothing where something is expected.

    `profiles` and `environments` are left as they are, since only what they come to is read.
    """
    empty: list[Scalar] = []
    shared: dict[int, Any] = {}
    data: dict[str, Any] = {}
    for name, entry in root.entries.items():
        if isinstance(entry.value, Scalar) and entry.value.is_null:
            continue
        if name in ("profiles", "environments"):
            data[name] = typed(entry.value)
        else:
            data[name] = _plain(entry.value, name in _NAMES, empty, shared)
    return data, empty


def _plain(node: Node, named: bool, empty: list[Scalar], shared: dict[int, Any]) -> Any:
    if type(node) is Scalar:
        if node.style == "" and node.text in NULLS:
            empty.append(node)
            return None
        return node.text
    if type(node) is Mapping:
        if id(node) in shared:
            return shared[id(node)]
        found: dict[str, Any] = {}
        for key, entry in node.entries.items():
            value = entry.value
            if type(value) is Scalar:  # nearly all there is: without a call
                if value.style == "" and value.text in NULLS:
                    empty.append(entry.key)
                else:
                    found[key] = value.text
            elif key in RAW_KEYS and not named:
                found[key] = typed(value)
            else:
                found[key] = _plain(value, not named and key in _NAMES, empty, shared)
        if named:
            # Anchors and profiles put one node into many places: it becomes one object, validated once.
            for key, entry in node.entries.items():
                if key in found:
                    shared[id(entry.value)] = found[key]
        return found
    return [_plain(item, False, empty, shared) for item in node.items]  # type: ignore[union-attr]


def typed(node: Node) -> Any:
    """Plain scalars read as YAML's core schema reads them; quoted ones stay text."""
    if isinstance(node, Scalar):
        return _typed_scalar(node.text) if node.style == "" else node.text
    if isinstance(node, Mapping):
        return {key: typed(entry.value) for key, entry in node.entries.items()}
    return [typed(item) for item in node.items]


def _typed_scalar(text: str) -> str | int | float | bool | None:
    if text in NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INT.fullmatch(text) and len(text) < 19:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
