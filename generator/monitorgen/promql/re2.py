"""What is surely wrong with a regular expression of a label matcher.

Prometheus uses Go's regexp package, that is, RE2 syntax (https://github.com/google/re2/wiki/Syntax). Only
what that certainly refuses is said here; silence is no promise that a pattern will be accepted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Mistake", "leaves_open", "mistake"]

_MAX_REPEAT: Final = 1000  # regexp/syntax refuses higher counts


@dataclass(frozen=True, slots=True)
class Mistake:
    """The first thing wrong with a pattern: `pattern[start:end]`, and why."""

    start: int
    end: int
    why: str


# What every piece of a pattern is, in the order they are tried; the last takes any character.
_PIECES: Final = re.compile(
    r"(?P<quoted>\\Q(?s:.)*?(?:\\E|$))"
    r"|(?P<escape>\\(?:[1-7][0-7]|x(?:\{[^}]*\}|..)|[pP](?:\{[^}]*\}|.)|(?s:.))?)"
    r"|(?P<perl>\(\?(?:<?[=!]|[>#(]|P=|<(?=\w+>)))"
    r"|(?P<flags>\(\?[imsU-]*\))"
    r"|(?P<open>\((?:\?(?:P<\w+>|[imsU-]*:))?)"
    r"|(?P<close>\))"
    r"|(?P<class>\[\^?\]?(?:\[:\^?\w+:\]|\\(?s:.)|[^\]\\])*(?P<closed>\])?)"
    r"|(?P<repeat>[*+?]|\{(?P<least>\d+)(?:,(?P<most>\d*))?\})"
    r"|(?P<or>\|)"
    r"|(?P<other>(?s:.))"
)
_PERL: Final = {
    "(?=": "RE2 has no lookahead",
    "(?!": "RE2 has no lookahead",
    "(?<=": "RE2 has no lookbehind",
    "(?<!": "RE2 has no lookbehind",
    "(?>": "RE2 has no atomic groups",
    "(?#": "RE2 has no comments",
    "(?(": "RE2 has no conditional groups",
    "(?P=": "RE2 has no backreferences",
    "(?<": "older Prometheus servers name a group as in `(?P<name>...)` only",
}
_ESCAPES: Final = frozenset("aftnrvxpPdDwWsSbBAzQ0")
_OUTSIDE: Final = frozenset("bBAzQ")
"""Escapes that mean nothing between brackets."""
_CODED: Final = re.compile(
    r"\\x(?:[0-9A-Fa-f]{2}|\{0*(?:10[0-9A-Fa-f]{4}|[0-9A-Fa-f]{1,5})\})"
    r"|\\[pP](?:[CLMNPSZ]|\{\^?(?:[CLMNPSZ][a-z]?|Any|[A-Z][A-Za-z_]{2,})\})"
)
"""Characters by number, and by category or script; which scripts there are is not looked at."""
_MEMBERS: Final = re.compile(
    r"\[:\^?(?P<posix>\w+):\]"
    r"|(?P<escape>\\(?:[1-7][0-7]|x(?:\{[^}]*\}|..)|[pP](?:\{[^}]*\}|.)|(?s:.)))"
    r"|(?P<plain>(?s:.))"
)
_POSIX: Final = re.compile(
    "al(?:num|pha)|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit"
)


def mistake(pattern: str) -> Mistake | None:
    """The first mistake in `pattern` that RE2 is sure to refuse, or None."""
    return next(_mistakes(pattern), None)


def leaves_open(pattern: str) -> bool:
    """Whether a `\\Q` is open at the end, so that whatever a server adds there is quoted, too."""
    pieces = [piece[0] for piece in _PIECES.finditer(pattern) if piece["quoted"]]
    return bool(pieces) and not pieces[-1].endswith(r"\E")


def _mistakes(pattern: str) -> Iterator[Mistake]:
    opened: list[int] = []
    before = "start"  # what stands before: start, atom, repeat, or a repeat made lazy
    for piece in _PIECES.finditer(pattern):
        kind, text, start, end = piece.lastgroup or "other", piece[0], piece.start(), piece.end()
        atom = "atom"
        if piece["class"] is not None:
            if piece["closed"] is None:
                yield Mistake(start, end, "this `[` is never closed")
            elif why := _class(text):
                yield Mistake(start, end, why)
        elif piece["repeat"] is not None:
            if before == "start" and text[0] != "{":
                yield Mistake(start, end, f"nothing stands before this `{text}` to repeat")
            if before == "lazy" or (before == "repeat" and text != "?"):
                yield Mistake(start, end, f"RE2 does not repeat a repetition, as this `{text}` does")
            counts = [int(n) for n in (piece["least"], piece["most"]) if n]
            if counts and (max(counts) > _MAX_REPEAT or counts != sorted(counts)):
                yield Mistake(start, end, f"RE2 repeats at most {_MAX_REPEAT} times, the lower count first")
            atom = "lazy" if before == "repeat" else "repeat"
        elif kind == "escape":
            if why := _escape(text):
                yield Mistake(start, end, why)
        elif kind == "perl":
            yield Mistake(start, end, _PERL[text])
        elif kind == "open":
            opened.append(start)
            atom = "start"
        elif kind == "close":
            if not opened:
                yield Mistake(start, end, "this `)` closes nothing")
            else:
                opened.pop()
        elif kind in ("or", "flags"):
            atom = "start"
        before = atom
    if opened:
        yield Mistake(opened[-1], len(pattern), "this `(` is never closed")


def _escape(text: str) -> str:
    """What is wrong with an escape outside a character class; empty when nothing surely is."""
    if len(text) == 1:
        return "the pattern ends in a backslash that escapes nothing"
    if len(text) == 2 and text[1] in "123456789":
        return "RE2 has no backreferences"
    if text[1].isascii() and text[1].isalnum() and text[1] not in _ESCAPES and len(text) == 2:
        return f"RE2 has no `{text}`"
    if text[1] in "xpP" and not _CODED.fullmatch(text):
        return f"RE2 has no `{text}`"
    return ""


def _class(text: str) -> str:
    """What is wrong inside of `[...]`; empty when nothing surely is."""
    members = list(_MEMBERS.finditer(text, 2 if text[1] == "^" else 1, len(text) - 1))
    for member in members:
        if member["posix"] is not None and not _POSIX.fullmatch(member["posix"]):
            return f"RE2 has no `{member[0]}`"
        if member["escape"] is not None:
            last = member[0][1]
            if last.isascii() and last.isalnum() and last not in _ESCAPES - _OUTSIDE and len(member[0]) == 2:
                return f"RE2 has no `{member[0]}` between brackets"
            if last in "xpP" and not _CODED.fullmatch(member[0]):
                return f"RE2 has no `{member[0]}`"
    for low, dash, high in zip(members, members[1:], members[2:], strict=False):
        if dash[0] == "-" and low["plain"] and high["plain"] and low[0] > high[0]:
            return f"`{low[0]}-{high[0]}` runs backwards"
        if dash[0] == "-" and low["plain"] and high[0][:2].lower() in ("\\d", "\\s", "\\w", "\\p"):
            return f"`{low[0]}-{high[0]}` has no end"
    return ""
