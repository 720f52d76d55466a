"""What a code means, why it is there, and how it looks: for people, for a page of docs, for programs.

The diagnostics shown are never written down: each bad example is checked when it is shown.
"""

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from monitorgen.model.diagnostic import Code, Diagnostic
from monitorgen.review.diagnostics.text import blocks
from monitorgen.source.node import Source

__all__ = ["FORMATS", "Checked", "Explained", "code_list", "explained"]

_WIDTH = 88
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
_NO_EXAMPLE = "This is not about what a spec says, so no spec can show it."


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking an example gave, and the text it was found in."""

    diagnostics: Sequence[Diagnostic]
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Explained:
    """A code, and what its bad example was found to give; nothing for a code without examples."""

    code: Code
    found: Checked


def explained(code: Code, check: Callable[[str], Checked]) -> Explained:
    """The code, with its bad example checked by `check`."""
    found = check(code.bad.lstrip("\n")) if code.bad else Checked((), {})
    return Explained(code, Checked([d for d in found.diagnostics if d.code == code.id], found.sources))


def code_list(codes: Sequence[Code]) -> str:
    """One line for each code: its identity, how bad it is, and its title."""
    return "".join(f"{code.id}  {code.severity:<7}  {_title(code)}\n" for code in codes)


def _as_text(entries: Sequence[Explained], color: bool) -> str:
    return "\n".join(_entry_as_text(entry, color) for entry in entries)


def _entry_as_text(entry: Explained, color: bool) -> str:
    code = entry.code
    lines = [_paint(f"{code.id}: {_title(code)}", _BOLD, color) + f" ({code.severity})", ""]
    lines += textwrap.wrap(code.why, _WIDTH, break_long_words=False, break_on_hyphens=False)
    if not code.bad:
        return "\n".join([*lines, "", _NO_EXAMPLE, ""])
    shown = blocks(entry.found.diagnostics, entry.found.sources, color)
    for title, example in (("Wrong", code.bad), ("What is said", shown), ("Right", code.good)):
        lines += ["", _paint(f"{title}:", _BOLD, color), "", _indented(example)]
    return "\n".join([*lines, ""])


def _as_markdown(entries: Sequence[Explained], color: bool) -> str:  # noqa: ARG001 - as all formats
    return "\n".join(_entry_as_markdown(entry) for entry in entries)


def _entry_as_markdown(entry: Explained) -> str:
    code = entry.code
    parts = [f"## {code.id}: {_title(code)}", f"*{code.severity}*", code.why]
    if code.bad:
        shown = blocks(entry.found.diagnostics, entry.found.sources, color=False)
        parts += ["Wrong:", _block(code.bad, "yaml"), "What is said:", _block(shown, "text")]
        parts += ["Right:", _block(code.good, "yaml")]
    else:
        parts.append(_NO_EXAMPLE)
    return "\n\n".join(parts) + "\n"


def _as_json(entries: Sequence[Explained], color: bool) -> str:  # noqa: ARG001 - as all formats
    return json.dumps([_entry_as_object(entry) for entry in entries], indent=2) + "\n"


def _entry_as_object(entry: Explained) -> dict[str, object]:
    code = entry.code
    return {
        "code": code.id,
        "title": code.title,
        "severity": code.severity.value,
        "why": code.why,
        "bad": code.bad.lstrip("\n"),
        "diagnostics": [
            {"message": found.message, "hint": found.hint, "place": str(found.span or "")}
            for found in entry.found.diagnostics
        ],
        "good": code.good.lstrip("\n"),
    }


def _title(code: Code) -> str:
    return code.title[:1].upper() + code.title[1:]


def _indented(example: str) -> str:
    return textwrap.indent(example.strip("\n"), "    ")


def _block(example: str, language: str) -> str:
    return f"```{language}\n{example.strip(chr(10))}\n```"


def _paint(words: str, paint: str, color: bool) -> str:
    return f"{paint}{words}{_RESET}" if color else words


FORMATS: Mapping[str, Callable[[Sequence[Explained], bool], str]] = MappingProxyType(
    {"text": _as_text, "markdown": _as_markdown, "json": _as_json}
)
"""How explanations are printed, by name. The second argument is whether to colour them."""
