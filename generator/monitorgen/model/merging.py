"""Laying what an `extra:` says over what is emitted anyway."""

from collections.abc import Mapping
from typing import Any

__all__ = ["merged"]


def merged(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `extra` laid over it: mappings join to any depth, anything else in `extra` wins.

    Keys keep the order of `base`; those only `extra` has come after them.
    """
    joined = dict(base)
    for key, value in extra.items():
        below = joined.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            joined[key] = merged(below, value)
        else:
            joined[key] = value
    return joined
