"""What the YAML parser says, in words that help: the place to look at and the way to mend it.

libyaml says what it expected by the grammar's names and often far from the cause. Each rule knows one slip
that people make, from the parser's words and the text around the place; the first that fits speaks.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import yaml

from monitorgen.source import slips_between_values, slips_in_values
from monitorgen.source.complaint import Complaint, Slip

__all__ = ["Slip", "describe", "first_forbidden"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_RULES: tuple[Callable[[Complaint], Slip | None], ...] = (
    slips_in_values.tab,
    slips_in_values.open_quote,
    slips_in_values.escape,
    slips_in_values.template,
    slips_in_values.start_character,
    slips_in_values.star_or_ampersand,
    slips_in_values.exclamation_mark,
    slips_in_values.percent_line,
    slips_between_values.operator,
    slips_between_values.colon,
    slips_between_values.no_colon,
    slips_in_values.late_quote,
    slips_between_values.bracket,
    slips_between_values.after_value,
    slips_between_values.indentation,
    slips_between_values.list_beside_key,
    slips_between_values.nothing_here,
)


def first_forbidden(text: str) -> int | None:
    """The offset of the first character that YAML does not allow."""
    match = _FORBIDDEN.search(text)
    return match.start() if match else None


def describe(text: str, error: yaml.YAMLError) -> Slip:
    """What is most likely wrong, and where."""
    problem_mark: Any = getattr(error, "problem_mark", None)
    context_mark: Any = getattr(error, "context_mark", None)
    at = min(problem_mark.index, len(text)) if problem_mark is not None else 0
    if not text[at:].strip() and text[at : at + 1] != "\t":
        # At the end of the file, point behind the last thing in it, not at an empty line.
        at = len(text.rstrip())
    since = min(context_mark.index, len(text)) if context_mark is not None else at
    problem = getattr(error, "problem", None) or str(error)
    complaint = Complaint(text, problem, getattr(error, "context", None) or "", at, since)
    for rule in _RULES:
        slip = rule(complaint)
        if slip is not None:
            # A span of one character that is a line break would reach into the next line.
            return replace(slip, end=slip.start) if text[slip.start : slip.end] in ("\r", "\n") else slip
    return Slip(at, at + 1, f"this is not valid YAML: {problem}", "", None if since == at else since)
