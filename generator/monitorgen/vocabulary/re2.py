"""Plain text as a pattern of RE2, the regular expressions of every server of the stack, and back again."""

import re
import warnings
from collections.abc import Iterator
from typing import Final

__all__ = ["literal", "matches", "sample"]

_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")

# A repeated group that repeats or chooses inside: Python's engine, unlike RE2, may try for ever.
_EXPLOSIVE: Final = re.compile(r"[*+}|][^()]*\)[*+{]")
_LONGEST: Final = 200


def literal(text: str) -> str:
    """The pattern that matches exactly `text`.

    Only what RE2 gives a meaning is escaped, as Go's regexp.QuoteMeta does, so the pattern stays readable
    (Python's re.escape also escapes blanks, `-`, `#` and `&`).
    """
    return _SPECIAL.sub(r"\\\g<0>", text)


def matches(pattern: str, text: str) -> bool | None:
    """Whether `pattern` matches all of `text`, as label matchers do; None when Python's engine cannot say."""
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.fullmatch(text) is not None


def sample(pattern: str) -> str | None:
    """A short text that `pattern` matches as a whole, if possible not an empty one; None if none was found.

    Made by walking through the pattern, and then tried against it, so the answer is never a guess.
    """
    compiled = _compiled(pattern)
    if compiled is None:
        return None
    for optional in (1, 0):
        text = _Walk(pattern, optional).alternatives()
        if text is not None and compiled.fullmatch(text):
            return text
    return None


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if len(pattern) > _LONGEST or _EXPLOSIVE.search(pattern):
        return None
    try:
        with warnings.catch_warnings():
            # What Python warns of ([[:alpha:]], say) it reads otherwise than RE2 does.
            warnings.simplefilter("error")
            return re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning):
        return None


_PIECE: Final = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[imsU-]*:|[imsU-]+(?=\))))?)"
    r"|(?P<repeat>(?:[*+?]|\{(?P<least>\d+)(?:,\d*)?\})\??)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_ESCAPED: Final = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "n": "\n", "t": "\t"}
_NOTHING: Final = frozenset("bBAzQE")
_CHARACTERS: Final = "a0-_/.: AzZ9"


class _Walk:
    """One way through a pattern: always the first alternative, and `optional` turns where none is needed."""

    def __init__(self, pattern: str, optional: int) -> None:
        self._pieces = list(_PIECE.finditer(pattern))
        self._next = 0
        self._optional = optional

    def alternatives(self) -> str | None:
        """The text of what stands up to the closing bracket, or the end."""
        first: str | None = None
        texts: list[str] = []
        for piece in self._take():
            kind, text = piece.lastgroup, piece[0]
            if kind == "other" and text == ")":
                break
            if kind == "other" and text == "|":
                first = "".join(texts) if first is None else first
                texts = []
            elif piece["repeat"]:
                if not texts:
                    return None
                texts[-1] *= self._times(piece)
            else:
                made = self._atom(piece)
                if made is None:
                    return None
                texts.append(made)
        return "".join(texts) if first is None else first

    def _take(self) -> Iterator[re.Match[str]]:
        while self._next < len(self._pieces):
            self._next += 1
            yield self._pieces[self._next - 1]

    def _times(self, piece: re.Match[str]) -> int:
        if piece["least"]:
            return int(piece["least"]) or self._optional
        return 1 if piece[0][0] == "+" else self._optional

    def _atom(self, piece: re.Match[str]) -> str | None:
        text = piece[0]
        if piece["open"]:
            return self.alternatives()
        if piece["class"]:
            one = _compiled(text)
            return next((c for c in _CHARACTERS if one and one.fullmatch(c)), text[1] if one else None)
        if piece["escape"]:
            last = text[1]
            if last in _NOTHING:
                return ""
            return _ESCAPED.get(last, None if last.isalnum() else last)
        return {"^": "", "$": "", ".": "a"}.get(text, text)
