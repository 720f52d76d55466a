"""Laying what an `extra:` says over what is emitted anyway."""

from collections.abc import Mapping
from typing import Any

__all__ = ["merged"]


def merged(emitted: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`emitted` with `extra` laid over it: mappings are merged to any depth, lists are joined, the rest
    is replaced. Keys of our own keep their order, new ones follow in theirs."""
    result = dict(emitted)
    for key, value in extra.items():
        ours = result.get(key)
        if isinstance(ours, Mapping) and isinstance(value, Mapping):
            result[key] = merged(ours, value)
        elif isinstance(ours, list) and isinstance(value, list):
            result[key] = [*ours, *value]
        else:
            result[key] = value
    return result
