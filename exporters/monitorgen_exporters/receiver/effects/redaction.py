"""Text from outside, as it may be kept: without secrets, without control characters, of bounded length."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, quote_plus

import orjson

from monitorgen_exporters.receiver.effects.process import Output

__all__ = ["HIDDEN", "MARGIN", "SHORTEST", "Redactor"]

HIDDEN: Final = "[redacted]"
"""What stands in place of a secret."""

SHORTEST: Final = 4
"""Characters that a known value must have to be looked for: a shorter one would black out words at random."""

MARGIN: Final = 4096
"""Bytes beyond a cut that are looked at, so that a secret that lies across the cut is known for one."""

# Each is tried on text of some length from outside, so none may look twice at the same character for long.
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # A header's value is the rest of its line, unless it is in quotes, as in JSON.
        r"(?:authorization|cookie|auth-token|api-?key|access-?key)[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
        r"(?P<hidden>\"[^\"\r\n]*|'[^'\r\n]*|[^\"'\s][^\r\n]*)",
        r"(?:password|passwd|passphrase|secret|token|api_key|access_key)[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
        r"(?P<hidden>\"[^\"\r\n]*|'[^'\r\n]*|[^\"'\s]\S*)",
        r"\b(?:bearer|basic)[ \t]{1,8}(?P<hidden>[\w.~+/=-]{16,})",
        r"://(?P<hidden>[^\s/?#\"'<>]*)@",
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?P<hidden>[\s\S]*?)(?:-----END|\Z)",
    )
)


@dataclass(frozen=True, slots=True)
class Redactor:
    """Knows what must not be kept: these values, what these patterns match, and what looks like a secret."""

    values: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(cls, values: Iterable[str] = (), patterns: Iterable[str] = ()) -> Self:
        """A redactor for values, also in the forms they take in URLs and in JSON, and for `RunPattern`s.

        Of a value with several lines, such as a key, each line counts by itself, too.
        """
        forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST}
        return cls(tuple(sorted(forms)), tuple(re.compile(pattern, re.ASCII) for pattern in patterns))

    def text(self, text: str, limit: int) -> str:
        """At most the first `limit` characters of `text`, redacted, and a word on what was left out."""
        kept = self._shown(text, 0, limit)
        return kept if len(text) <= limit else f"{kept}[{len(text) - limit} more characters]"

    def line(self, text: str, limit: int) -> str:
        """As `text`, with all blanks and line ends as single blanks."""
        return " ".join(self.text(text, limit).split())

    def output(self, output: Output, limit: int) -> str:
        """What a program wrote, redacted: all of it, or `limit` bytes, half of the start, half of the end.

        Bytes that are no UTF-8 are shown as \\xNN. The output has to hold `MARGIN` more bytes at each cut.
        """
        half = limit // 2
        head, tail = output.first, output.last
        if output.size == len(head) + len(tail):
            head = tail = head + tail
            if output.size <= limit:
                return self.text(_decoded(head), 4 * limit)
        start, end = _decoded(head), _decoded(tail)
        return (
            f"{self._shown(start, 0, len(_decoded(head[:half])))}\n"
            f"[{output.size - 2 * half} bytes left out]\n"
            f"{self._shown(end, max(0, len(end) - len(_decoded(tail[len(tail) - half :]))), len(end))}"
        )

    def _shown(self, text: str, start: int, end: int) -> str:
        """`text[start:end]`, with everything hidden that is part of a secret anywhere in `text`."""
        parts, position = [], start
        for begins, ends in sorted(self._secrets(text)):
            if ends > position and begins < end:
                parts += [_visible(text[position:begins]), HIDDEN]
                position = min(ends, end)
        return "".join(parts) + _visible(text[position:end])

    def _secrets(self, text: str) -> Iterator[tuple[int, int]]:
        for value in self.values:
            position = text.find(value)
            while position >= 0:
                yield position, position + len(value)
                position = text.find(value, position + 1)
        for pattern in self.patterns:
            yield from (found.span() for found in pattern.finditer(text) if found[0])
        for pattern in _PATTERNS:
            yield from (found.span("hidden") for found in pattern.finditer(text) if found["hidden"])


def _forms(value: str) -> Iterator[str]:
    for text in (value, value.strip(), *(line.strip() for line in value.splitlines())):
        yield from (text, quote(text, safe=""), quote_plus(text), quote(text))
        yield orjson.dumps(text).decode()[1:-1]


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _visible(text: str) -> str:
    """`text` with what a terminal would obey, or what turns the direction of writing, as an escape."""
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character
    return repr(character)[1:-1]
