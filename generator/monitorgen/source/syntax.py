"""What the YAML parser says, in words that help: the place to look at and the way to mend it."""

import re

import yaml

__all__ = ["describe", "first_forbidden"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def first_forbidden(text: str) -> int | None:
    """The offset of the first character that YAML does not allow."""
    match = _FORBIDDEN.search(text)
    return match.start() if match else None


def describe(text: str, error: yaml.YAMLError) -> tuple[int, int, str, str]:
    """Where to look (start and end offset), what is wrong, and how to mend it."""
    problem = getattr(error, "problem", None) or "this is not YAML"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = min(mark.index, len(text)) if mark is not None else 0
    return at, at + 1, problem, ""
