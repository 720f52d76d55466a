"""`${...}`: the spec's own placeholders, filled in at compile time at known places."""

import re
from collections.abc import Mapping

__all__ = ["fill"]

_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[tuple[int, int, str]]]:
    """`text` with its placeholders filled, and (start, end, name) of those that `values` does not know.

    Unknown ones stay as they are. Go templates (`{{ ... }}`) and a lone `$` are not touched.
    """
    if "${" not in text:
        return text, []
    unknown: list[tuple[int, int, str]] = []

    def put(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in values:
            return values[name]
        unknown.append((found.start(), found.end(), name))
        return found[0]

    return _PLACEHOLDER.sub(put, text), unknown
