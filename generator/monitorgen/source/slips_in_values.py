"""Slips within values: quotes, escapes, signs that mean something else, tabs.

Each rule looks at one complaint and says what the slip is, or None where it is another one's.
"""

import re
from contextlib import suppress
from typing import Any

import yaml

from monitorgen.source.complaint import Complaint, Slip, line_start

__all__ = [
    "escape",
    "exclamation_mark",
    "late_quote",
    "open_quote",
    "percent_line",
    "star_or_ampersand",
    "start_character",
    "tab",
    "template",
]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEMPLATE = re.compile(r"(?:^|[:,\[-][ \t]+|\[)[ \t]*(\{\{)")


def tab(it: Complaint) -> Slip | None:
    """A tab where the indentation is."""
    if it.char != "\t" and "\t" not in it.before[: len(it.before) - len(it.before.lstrip())]:
        return None
    start = it.line_start + it.text[it.line_start : it.at + 1].find("\t")
    return Slip(
        start, start + 1, "a tab is used for indentation", "indent with spaces; YAML takes no tabs here"
    )


def template(it: Complaint) -> Slip | None:
    """A Go template without quotes."""
    match = _TEMPLATE.search(it.before + it.text[it.at : it.at + 2])
    if match is None:
        return None
    start = it.at - len(it.before) + match.start(1)
    message = "a value that begins with `{{` must be quoted"
    return Slip(start, start + 2, message, f"put quotes around it: '{it.excerpt(start)}'")


def start_character(it: Complaint) -> Slip | None:
    """A value that begins with a sign no value may begin with."""
    if it.problem != "found character that cannot start any token":
        return None
    message = f"an unquoted value cannot begin with `{it.char}`"
    return Slip(it.at, it.at + 1, message, f'put quotes around it: "{it.value(it.at)}"')


def star_or_ampersand(it: Complaint) -> Slip | None:
    """A value that begins like an alias or an anchor."""
    if it.context not in ("while scanning an alias", "while scanning an anchor"):
        return None
    message = f"an unquoted value cannot begin with `{it.text[it.since]}`, which is for aliases and anchors"
    return Slip(it.since, it.since + 1, message, f'put quotes around it: "{it.value(it.since)}"')


def exclamation_mark(it: Complaint) -> Slip | None:
    """A value that begins like a tag."""
    if it.context != "while scanning a tag" and it.problem != "found undefined tag handle":
        return None
    message = "an unquoted value cannot begin with `!`, which is for tags"
    return Slip(it.since, it.since + 1, message, f'put quotes around it: "{it.value(it.since)}"')


def percent_line(it: Complaint) -> Slip | None:
    """A line that begins like a directive."""
    if it.context not in ("while scanning a directive", "while scanning a %YAML directive"):
        return None
    message = "a line that begins with `%` is a directive to the YAML reader"
    return Slip(it.since, it.since + 1, message, "indent or quote it if it is part of a value, or remove it")


def open_quote(it: Complaint) -> Slip | None:
    """A quote without a partner up to the end of the file."""
    if "quoted scalar" not in it.context or "escape" in it.problem or "hexdecimal" in it.problem:
        return None
    message = f"this quote is never closed: {it.text[it.since]}"
    return Slip(it.since, it.since + 1, message, "close it, or write '' for a quote inside single quotes")


def escape(it: Complaint) -> Slip | None:
    """An escape in double quotes that there is not."""
    if "quoted scalar" not in it.context:
        return None
    start = it.text.rfind("\\", it.since, it.at + 1)
    sizes = {"x": 4, "u": 6, "U": 10}
    end = start + sizes.get(it.text[start + 1 : start + 2], 2)
    message = f"`{it.text[start:end]}` is no escape in double quotes"
    if "Unicode" in it.problem:
        hint = "write the character itself; pairs of surrogates, as JSON has them, are not taken"
    else:
        hint = "use single quotes, in which a backslash is a backslash, or write it twice"
    return Slip(start, end, message, hint)


def late_quote(it: Complaint) -> Slip | None:
    """Text behind a quote that closed what was opened on an earlier line: that one lacks its partner."""
    before = it.before.rstrip()
    if not it.problem.startswith("did not find expected") or before[-1:] not in ("'", '"'):
        return None
    start = _quote_closed_at(it.text, it.at - len(it.before) + len(before))
    if start is None or line_start(it.text, start) == it.line_start:
        return None
    line = it.text.count("\n", 0, it.at) + 1
    hint = f"close it on its own line: as it stands, the text goes on to the next quote, on line {line}"
    return Slip(start, start + 1, f"this quote is not closed: {it.text[start]}", hint)


def _quote_closed_at(text: str, end: int) -> int | None:
    """Where the quoted text begins that ends at `end`."""
    with suppress(yaml.YAMLError):
        for token in yaml.scan(text, Loader=_Loader):
            if token.end_mark.index >= end:
                is_quoted = isinstance(token, yaml.ScalarToken) and not token.plain
                return token.start_mark.index if is_quoted else None
    return None
