"""What the YAML parser says, in words that help: the place to look at and the way to mend it.

libyaml says what it expected by the grammar's names and often far from the cause. Each rule below knows one
slip that people make, from the parser's words and the text around the place; the first that fits speaks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import yaml

__all__ = ["Slip", "describe", "first_forbidden"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEMPLATE = re.compile(r"(?:^|[:,\[-][ \t]+|\[)[ \t]*(\{\{)")
_EXCERPT = 40
_CLOSING = ("'", '"', "]", "}")


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip at offsets `start` to `end`; `opened` is the offset of a bracket or map it belongs to."""

    start: int
    end: int
    message: str
    hint: str
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class _Complaint:
    """libyaml's words, and where it stands in `text`; `since` is where the thing it reads began."""

    text: str
    problem: str
    context: str
    at: int
    since: int

    @property
    def char(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def line_start(self) -> int:
        return _line_start(self.text, self.at)

    @property
    def before(self) -> str:
        """The line up to the place; of a very long line only the last part."""
        return self.text[max(self.line_start, self.at - 1000) : self.at]

    def excerpt(self, start: int) -> str:
        """The rest of the line from `start`, short enough for a hint."""
        line = self.text[start : start + _EXCERPT].split("\n")[0].rstrip()
        return line if len(line) < _EXCERPT else line + "…"


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
    complaint = _Complaint(text, problem, getattr(error, "context", None) or "", at, since)
    for rule in _RULES:
        slip = rule(complaint)
        if slip is not None:
            # A span of one character that is a line break would reach into the next line.
            return replace(slip, end=slip.start) if text[slip.start : slip.end] in ("\r", "\n") else slip
    return Slip(at, at + 1, f"this is not valid YAML: {problem}", "", None if since == at else since)


def _tab(it: _Complaint) -> Slip | None:
    if it.char != "\t" and "\t" not in it.before[: len(it.before) - len(it.before.lstrip())]:
        return None
    start = it.line_start + it.text[it.line_start : it.at + 1].find("\t")
    return Slip(
        start, start + 1, "a tab is used for indentation", "indent with spaces; YAML takes no tabs here"
    )


def _template(it: _Complaint) -> Slip | None:
    match = _TEMPLATE.search(it.before + it.text[it.at : it.at + 2])
    if match is None:
        return None
    start = it.at - len(it.before) + match.start(1)
    message = "a value that begins with `{{` must be quoted"
    return Slip(start, start + 2, message, f"put quotes around it: '{it.excerpt(start)}'")


def _start_character(it: _Complaint) -> Slip | None:
    if it.problem != "found character that cannot start any token":
        return None
    message = f"an unquoted value cannot begin with `{it.char}`"
    return Slip(it.at, it.at + 1, message, f'put quotes around it: "{it.excerpt(it.at)}"')


def _star_or_ampersand(it: _Complaint) -> Slip | None:
    if it.context not in ("while scanning an alias", "while scanning an anchor"):
        return None
    message = f"an unquoted value cannot begin with `{it.text[it.since]}`, which is for aliases and anchors"
    return Slip(it.since, it.since + 1, message, f'put quotes around it: "{it.excerpt(it.since)}"')


def _exclamation_mark(it: _Complaint) -> Slip | None:
    if it.context != "while scanning a tag" and it.problem != "found undefined tag handle":
        return None
    message = "an unquoted value cannot begin with `!`, which is for tags"
    return Slip(it.since, it.since + 1, message, f'put quotes around it: "{it.excerpt(it.since)}"')


def _percent_line(it: _Complaint) -> Slip | None:
    if it.context not in ("while scanning a directive", "while scanning a %YAML directive"):
        return None
    message = "a line that begins with `%` is a directive to the YAML reader"
    return Slip(it.since, it.since + 1, message, "indent or quote it if it is part of a value, or remove it")


def _operator(it: _Complaint) -> Slip | None:
    if it.problem != "did not find expected comment or line break" or "block scalar" not in it.context:
        return None
    if it.text[_line_start(it.text, it.since) : it.since].rstrip()[-1:] in _CLOSING:
        return _after_value(replace(it, problem="did not find expected key", at=it.since))
    sign = it.text[it.since]
    hint = f'put quotes around it: "{it.excerpt(it.since)}"'
    return Slip(it.since, it.at, f"an unquoted `{sign}` begins a text of several lines", hint)


def _open_quote(it: _Complaint) -> Slip | None:
    if "quoted scalar" not in it.context or "escape" in it.problem or "hexdecimal" in it.problem:
        return None
    message = f"this quote is never closed: {it.text[it.since]}"
    return Slip(it.since, it.since + 1, message, "close it, or write '' for a quote inside single quotes")


def _escape(it: _Complaint) -> Slip | None:
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


def _colon(it: _Complaint) -> Slip | None:
    if it.problem != "mapping values are not allowed in this context":
        return None
    if re.search(r":[ \t]", it.before):
        message = "a second `: ` on this line, inside of an unquoted value"
        return Slip(
            it.at, it.at + 1, message, "put quotes around the value, or begin the inner map on a new line"
        )
    above = _line_above(it.text, it.line_start)
    start = it.line_start + len(it.before) - len(it.before.lstrip())
    if re.search(r":([ \t]|$)", above):
        message = "this key belongs to a line above that already has a value"
        return Slip(
            start, it.at + 1, message, "indent it like the key above, or end that line with its colon"
        )
    message = "this line continues a text that began above, so it cannot hold a key"
    return Slip(start, it.at + 1, message, "is a colon missing at the end of the line above?")


def _no_colon(it: _Complaint) -> Slip | None:
    if it.problem != "could not find expected ':'":
        return None
    end = it.since + len(it.text[it.since : it.since + 200].split("\n")[0].rstrip())
    message = "a key is expected here, and there is no colon after it"
    return Slip(
        it.since, end, message, "write `name: value`, or indent the line if it belongs to the value above"
    )


def _bracket(it: _Complaint) -> Slip | None:
    if not it.problem.startswith("did not find expected ',' or "):
        return None
    bracket, closing = it.text[it.since], it.problem[-2]
    at_end = not it.text[it.at :].strip()
    opening_line = _line_start(it.text, it.since)
    same_line = opening_line == it.line_start
    if at_end or (not same_line and _indent(it.text, it.line_start) <= _indent(it.text, opening_line)):
        message = f"this `{bracket}` is never closed"
        return Slip(
            it.since,
            it.since + 1,
            message,
            f"close it with `{closing}`, or quote a value that begins with it",
        )
    message = f"a comma or the closing `{closing}` is missing here"
    return Slip(it.at, it.at + 1, message, "quote values that hold brackets, quotes or commas", it.since)


def _after_value(it: _Complaint) -> Slip | None:
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


def _indentation(it: _Complaint) -> Slip | None:
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


def _list_beside_key(it: _Complaint) -> Slip | None:
    if it.problem != "block sequence entries are not allowed in this context":
        return None
    message = "a list cannot begin on the line of its key"
    return Slip(it.at, it.at + 1, message, "put each `- ` on a line of its own, or write [first, second]")


def _nothing_here(it: _Complaint) -> Slip | None:
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


_RULES: tuple[Callable[[_Complaint], Slip | None], ...] = (
    _tab,
    _open_quote,
    _escape,
    _template,
    _start_character,
    _star_or_ampersand,
    _exclamation_mark,
    _percent_line,
    _operator,
    _colon,
    _no_colon,
    _bracket,
    _after_value,
    _indentation,
    _list_beside_key,
    _nothing_here,
)


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_above(text: str, line_start: int) -> str:
    return text[max(0, line_start - 1000) : line_start].rstrip().replace("\r", "\n").rpartition("\n")[2]


def _indent(text: str, line_start: int) -> int:
    end = line_start
    while text[end : end + 1] == " ":
        end += 1
    return end - line_start
