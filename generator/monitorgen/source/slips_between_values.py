"""Slips between values: colons, commas, brackets and indentation.

Each rule looks at one complaint and says what the slip is, or None where it is another one's.
"""

import re
from dataclasses import replace

from monitorgen.source.complaint import Complaint, Slip, indent, line_above, line_start

__all__ = [
    "after_value",
    "bracket",
    "colon",
    "indentation",
    "list_beside_key",
    "no_colon",
    "nothing_here",
    "operator",
]

_GLUED = re.compile(
    r"[ \t]*(?:- +)?([A-Za-z_][\w.-]*):((?!//)[^\s#,{}\[\]]{1,80})[ \t]*(?:#.*)?\r?$", re.MULTILINE
)
_CLOSING = ("'", '"', "]", "}")


def operator(it: Complaint) -> Slip | None:
    """A `>` or `|` that was meant as itself."""
    if it.problem != "did not find expected comment or line break" or "block scalar" not in it.context:
        return None
    if it.text[line_start(it.text, it.since) : it.since].rstrip()[-1:] in _CLOSING:
        return after_value(replace(it, problem="did not find expected key", at=it.since))
    sign = it.text[it.since]
    hint = f'put quotes around it: "{it.excerpt(it.since)}"'
    return Slip(it.since, it.at, f"an unquoted `{sign}` begins a text of several lines", hint)


def colon(it: Complaint) -> Slip | None:
    """A colon where no key can be."""
    if it.problem != "mapping values are not allowed in this context":
        return None
    if re.search(r":[ \t]", it.before):
        message = "a second `: ` on this line, inside of an unquoted value"
        return Slip(
            it.at, it.at + 1, message, "put quotes around the value, or begin the inner map on a new line"
        )
    above = line_above(it.text, it.line_start)
    start = it.line_start + len(it.before) - len(it.before.lstrip())
    if re.search(r":([ \t]|$)", above):
        message = "this key belongs to a line above that already has a value"
        return Slip(
            start, it.at + 1, message, "indent it like the key above, or end that line with its colon"
        )
    end = it.line_start
    while end and it.text[end - 1].isspace():
        end -= 1
    if (slip := _no_space(it.text, line_start(it.text, end), end)) is not None:
        return slip
    message = "this line continues a text that began above, so it cannot hold a key"
    return Slip(start, it.at + 1, message, "is a colon missing at the end of the line above?")


def _no_space(text: str, start: int, end: int) -> Slip | None:
    """The slip `key:value` at the beginning of the text from `start` to `end`."""
    match = _GLUED.match(text, start, end)
    if match is None:
        return None
    hint = f"write `{match[1]}: {match[2]}`"
    return Slip(match.start(1), match.end(2), "there is no space after this key's colon", hint)


def no_colon(it: Complaint) -> Slip | None:
    """A key without its colon."""
    if it.problem != "could not find expected ':'":
        return None
    if (slip := _no_space(it.text, it.since, it.since + 200)) is not None:
        return slip
    end = it.since + len(it.text[it.since : it.since + 200].split("\n")[0].rstrip())
    message = "a key is expected here, and there is no colon after it"
    return Slip(
        it.since, end, message, "write `name: value`, or indent the line if it belongs to the value above"
    )


def bracket(it: Complaint) -> Slip | None:
    """A bracket that is not closed, or a comma that is missing."""
    if not it.problem.startswith("did not find expected ',' or "):
        return None
    bracket, closing = it.text[it.since], it.problem[-2]
    at_end = not it.text[it.at :].strip()
    opening_line = line_start(it.text, it.since)
    same_line = opening_line == it.line_start
    if at_end or (not same_line and indent(it.text, it.line_start) <= indent(it.text, opening_line)):
        message = f"this `{bracket}` is never closed"
        return Slip(
            it.since,
            it.since + 1,
            message,
            f"close it with `{closing}`, or quote a value that begins with it",
        )
    message = f"a comma or the closing `{closing}` is missing here"
    return Slip(it.at, it.at + 1, message, "quote values that hold brackets, quotes or commas", it.since)


def after_value(it: Complaint) -> Slip | None:
    """Something behind a value that is over."""
    last = it.before.rstrip()[-1:]
    if not it.problem.startswith("did not find expected") or not last:
        return None
    end = it.at + len(it.excerpt(it.at).rstrip("…"))
    if last in "\"'":
        hint = "is a quote missing earlier? a quote inside of quotes is written '' or \\\""
        return Slip(it.at, end, "there is text after the closing quote", hint)
    if last in "]}":
        return Slip(
            it.at, end, "there is text after the closing bracket", "put quotes around the whole value"
        )
    return None


def indentation(it: Complaint) -> Slip | None:
    """A line that is not indented like those it stands among."""
    if it.problem not in (
        "did not find expected key",
        "did not find expected '-' indicator",
        "did not find expected <document start>",
    ):
        return None
    if it.before.strip():
        return None
    message = "this line is indented differently from the lines it stands among"
    opened = it.since if it.since != it.at else None
    end = it.at + max(1, len(it.excerpt(it.at).rstrip("…")))
    hint = "indent it as far as the keys or items it belongs to"
    if it.char == ":":
        message, hint = "there is no key before this colon", "put a name before it, or quote the value"
    elif it.char == "-" and it.problem == "did not find expected key":
        message, hint = (
            "a list item stands where a key is expected",
            "indent it below the key whose list it is in",
        )
    elif it.problem == "did not find expected '-' indicator":
        message, hint = (
            "a list item is expected here",
            "begin the line with `- `, or indent it to what it belongs",
        )
    return Slip(it.at, end, message, hint, opened)


def list_beside_key(it: Complaint) -> Slip | None:
    """A list item on the line of its key."""
    if it.problem != "block sequence entries are not allowed in this context":
        return None
    message = "a list cannot begin on the line of its key"
    return Slip(it.at, it.at + 1, message, "put each `- ` on a line of its own, or write [first, second]")


def nothing_here(it: Complaint) -> Slip | None:
    """No value where one is expected."""
    if it.problem != "did not find expected node content":
        return None
    message = (
        f"there is no value before this `{it.char}`" if it.char.strip() else "a value is missing at the end"
    )
    return Slip(
        it.at,
        it.at + 1,
        message,
        "put a value there, quote the sign, or close the bracket that is still open",
    )
