"""Annotations of alerts as people read them where nobody fills in their templates."""

import re
from typing import Final

__all__ = ["spoken"]

_ACTION: Final = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LABEL: Final = re.compile(r'\$labels\.(\w+)|index\s+\$labels\s+"([^"]+)"')
_TEXT: Final = re.compile(r'"([^"\\]*)"|`([^`]*)`')
_STRUCTURE: Final = re.compile(r"(/\*|(if|else|end|range|with|define|block|break|continue)\b|\$\w+\s*:?=)")


def spoken(text: str) -> str:
    """`text` with `[value]` for the alert's value, `[disk]` for its label `disk`, and `[...]` for the rest.

    What only steers a template (`if`, `end`, comments) is left out, so that of two branches both are read.
    """
    return text if "{{" not in text else _ACTION.sub(_said, text)


def _said(action: re.Match[str]) -> str:
    inner = action[1]
    if _STRUCTURE.match(inner):
        return ""
    if literal := _TEXT.fullmatch(inner):
        return literal[1] or literal[2] or ""
    if label := _LABEL.search(inner):
        return f"[{label[1] or label[2]}]"
    return "[value]" if "$value" in inner else "[...]"
