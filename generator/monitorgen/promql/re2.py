"""What is surely wrong with a regular expression of a label matcher.

Prometheus uses Go's regexp package, that is, RE2 syntax (https://github.com/google/re2/wiki/Syntax). Only
what that certainly refuses is said here; silence is no promise that a pattern will be accepted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Mistake", "mistake"]

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
    r"|(?P<escape>\\(?:[1-7][0-7]|(?s:.))?)"
    r"|(?P<perl>\(\?(?:<?[=!]|[>#(]|P=))"
    r"|(?P<flags>\(\?[imsU-]*\))"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[imsU-]*:))?)"
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
}
_ESCAPES: Final = frozenset("aftnrvxpPdDwWsSbBAzQ0")


def mistake(pattern: str) -> Mistake | None:
    """The first mistake in `pattern` that RE2 is sure to refuse, or None."""
    return next(_mistakes(pattern), None)


def _mistakes(pattern: str) -> Iterator[Mistake]:
    opened: list[int] = []
    before = "start"  # what stands before: start, atom, repeat, or a repeat made lazy
    for piece in _PIECES.finditer(pattern):
        kind, text, start, end = piece.lastgroup or "other", piece[0], piece.start(), piece.end()
        atom = "atom"
        if piece["class"] is not None:
            if piece["closed"] is None:
                yield Mistake(start, end, "this `[` is never closed")
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
    return ""
