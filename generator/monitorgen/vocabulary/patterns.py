"""Regular expressions that our own runtime tries on text from outside: a label, a command's output.

They are written as everywhere in a spec, in RE2's syntax, and run by Python's `re`. So a pattern must mean
the same to both, and must not be one on which Python's engine, unlike RE2, may try for ever.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator

from monitorgen.promql.re2 import mistake
from monitorgen.vocabulary.fields import BAD_SCALAR, Text, invalid
from monitorgen.vocabulary.re2 import matches

__all__ = ["RunPattern", "can_begin_with", "can_hold"]

_TOKEN: Final = re.compile(
    r"(?P<edge>\^|\$|\\[AzbB])"
    r"|(?P<atom>\\x[0-9A-Fa-f]{2}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<open>\((?:\?(?:P<\w+>|:))?)"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<repeat>(?:[*+?]|\{(?P<least>\d+)(?:,\d*)?\})\??)"
    r"|(?P<other>.)",
    re.DOTALL,
)


def _pattern(text: str) -> str:
    if found := mistake(text):
        raise invalid(BAD_SCALAR, f"`{text}` is not a regular expression: {found.why}")
    if re.search(r"(?<!\\)\(\?[a-zA-Z-]*[imsU-]", text.replace("(?P<", "(")):
        raise invalid(BAD_SCALAR, "a pattern of the receiver has no flags", "write `[Aa]` for either case")
    if matches(text, "") is None:
        raise invalid(
            BAD_SCALAR,
            "this pattern could take for ever, or does not mean the same to every engine",
            "no more than 200 characters, and no repeated group that repeats or chooses inside: "
            "`[a-z0-9.-]{1,60}`",
        )
    return text


RunPattern = Annotated[Text, AfterValidator(_pattern)]
"""A pattern that the receiver tries itself; Python's `re` with `re.ASCII` reads it as RE2 does."""


def can_begin_with(pattern: str, character: str) -> bool:
    """Whether some text that `pattern` (a `RunPattern`) matches as a whole begins with `character`."""
    return _Reader(pattern, character).alternatives().begins


def can_hold(pattern: str, character: str) -> bool:
    """Whether some text that `pattern` (a `RunPattern`) matches as a whole has `character` in it."""
    return _Reader(pattern, character).alternatives().holds


@dataclass(slots=True)
class _Part:
    """What a part of a pattern can be: nothing at all, begun by the character, or have it somewhere."""

    nothing: bool
    begins: bool
    holds: bool


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, character: str) -> None:
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(pattern)
        self._character = character

    def alternatives(self) -> _Part:
        """The part up to the end or to the bracket that closes it."""
        whole = _Part(nothing=False, begins=False, holds=False)
        sequence: list[_Part] = []
        for token in self._tokens:
            if token["close"]:
                break
            if token["or"]:
                _choose(whole, sequence)
                sequence = []
            elif token["repeat"]:
                if sequence and (token[0][0] in "*?" or token["least"] == "0"):
                    sequence[-1].nothing = True
            elif token["open"]:
                sequence.append(self.alternatives())
            elif token["edge"]:
                sequence.append(_Part(nothing=True, begins=False, holds=False))
            else:
                fits = re.fullmatch(token[0], self._character, re.ASCII) is not None
                sequence.append(_Part(nothing=False, begins=fits, holds=fits))
        _choose(whole, sequence)
        return whole


def _choose(whole: _Part, sequence: list[_Part]) -> None:
    """Adds one alternative to the others."""
    begins, reached = False, True
    for part in sequence:
        begins = begins or (reached and part.begins)
        reached = reached and part.nothing
    whole.nothing = whole.nothing or reached
    whole.begins = whole.begins or begins
    whole.holds = whole.holds or any(part.holds for part in sequence)
