"""Whether to colour what is printed."""

import os

__all__ = ["colours"]


def colours(stream: object) -> bool:
    """Whether to colour what goes to `stream`: a terminal, and NO_COLOR not set."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not os.environ.get("NO_COLOR")
