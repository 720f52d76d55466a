"""A file or a text becomes one tree of nodes, or diagnostics that say why not."""

import codecs
import stat
from pathlib import Path

import yaml

from monitorgen.model.diagnostic import Code, Diagnostic, Related
from monitorgen.source import syntax
from monitorgen.source.build import build
from monitorgen.source.example import SPEC
from monitorgen.source.merge import merge_all
from monitorgen.source.node import Node, Scalar, Source

__all__ = ["CODES", "MAX_BYTES", "load_source", "parse", "read_file", "read_text"]

MAX_BYTES = 16 * 1024 * 1024
"""The largest file that is read: some 10,000 services."""

# libyaml compares each %TAG line of a document with every earlier one, so many of them take hours.
_MAX_TAG_DIRECTIVES = 1000

UNREADABLE = Code(
    "MG0101",
    "File cannot be read",
    why="A spec file that is named or found does not exist or may not be read. Leaving it out in silence "
    "could drop a whole team's alerts from the build.",
)

TOO_LARGE = Code(
    "MG0103",
    "File too large",
    why="The file is far larger than any spec, most likely a dump or an archive with the wrong ending. It is "
    "refused before it is read.",
)

NOT_UTF8 = Code(
    "MG0104",
    "Not UTF-8 text",
    why="Spec files are UTF-8, which every editor writes by default. Other encodings would be read as other "
    "characters on other machines.",
)

CONTROL_CHARACTER = Code(
    "MG0105",
    "Control character",
    why="YAML allows no control characters but tab and line breaks, so this is a binary file or a slip of an "
    "editor. In a double-quoted string one can be written as an escape.",
)

SYNTAX = Code(
    "MG0106",
    "Not valid YAML",
    why="The file cannot be read as YAML from the marked place on. The cause is often a line earlier: a "
    "quote or bracket that is not closed, a line indented by a tab, or a value that needs quotes.",
    bad=SPEC.replace("team: ops\n", "team: @ops\n"),
    good=SPEC,
)

CODES = (UNREADABLE, TOO_LARGE, NOT_UTF8, CONTROL_CHARACTER, SYNTAX)

_UTF16_HINT = "save it as UTF-8; PowerShell writes UTF-16 unless told `-Encoding utf8`"


def read_file(path: Path, shown: str) -> tuple[Node | None, list[Diagnostic]]:
    """The tree of the file at `path`, called `shown` in every span.

    None when the file is empty or cannot be read as YAML. Never raises for what a file holds or lacks.
    """
    source, _, found = load_source(path, shown)
    if source is None or found:
        return None, found
    return parse(source)


def read_text(text: str, shown: str) -> tuple[Node | None, list[Diagnostic]]:
    """The tree of a YAML text, called `shown` in every span; otherwise like `read_file`."""
    return parse(Source(shown, text.removeprefix("\ufeff")))


def load_source(path: Path, shown: str) -> tuple[Source | None, bytes, list[Diagnostic]]:
    """The text of the file at `path`, its bytes, and what is wrong with them.

    A file that is not UTF-8 gives a source as well, with U+FFFD for what is not text, so that the
    diagnostic can show the line.
    """
    whole_file = Source(shown, "").span(0, 0)
    try:
        with path.open("rb") as file:
            size = path.stat().st_size if stat.S_ISREG(path.stat().st_mode) else 0
            data = file.read(MAX_BYTES + 1) if size <= MAX_BYTES else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "check the path and the permissions"
        return None, b"", [UNREADABLE.at(whole_file, f"cannot read {shown}: {reason}", hint=hint)]
    if max(size, len(data)) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 2**20} MB"
        hint = "a spec of thousands of services is smaller; split it into several files if this is one"
        return None, b"", [TOO_LARGE.at(whole_file, message, hint=hint)]
    return _decode(data, shown)


def parse(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """The tree of `source`; its documents, if there are several, merged like files."""
    found: list[Diagnostic] = []
    if source.text.count("%TAG") > _MAX_TAG_DIRECTIVES:
        at = source.text.index("%TAG")
        message = f"more than {_MAX_TAG_DIRECTIVES} %TAG directives"
        return None, [SYNTAX.at(source.span(at, at + 4), message, hint="a spec needs no %TAG; remove them")]
    try:
        roots = build(source, found)
    except yaml.reader.ReaderError as error:
        return None, [*found, _control_character(source, error)]
    except UnicodeError:
        return None, [*found, _control_character(source, None)]
    except yaml.YAMLError as error:
        slip = _syntax(source, error)
        # What the parser choked on may have given a fault on the same line already; one is enough.
        return None, [*(d for d in found if d.span is None or d.span.line != _line(slip)), slip]
    says_something = [root for root in roots if not (isinstance(root, Scalar) and root.is_null)]
    return merge_all(says_something, found), found


def _decode(data: bytes, shown: str) -> tuple[Source | None, bytes, list[Diagnostic]]:
    for bom in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if data.startswith(bom):
            encoding = "UTF-32" if len(bom) == 4 else "UTF-16"
            source = Source(shown, "")
            message = f"the file is {encoding}, not UTF-8"
            return source, data, [NOT_UTF8.at(source.span(0, 0), message, hint=_UTF16_HINT)]
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        source = Source(shown, "")
        return (
            source,
            data,
            [NOT_UTF8.at(source.span(0, 0), "the file is UTF-16, not UTF-8", hint=_UTF16_HINT)],
        )
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Source(shown, body.decode()), data, []
    except UnicodeDecodeError as error:
        source = Source(shown, body.decode(errors="replace"))
        at = len(body[: error.start].decode())
        message = f"the byte 0x{body[error.start]:02x} here is not UTF-8 text"
        hint = "save the file as UTF-8; a binary file has no place among spec files"
        return source, data, [NOT_UTF8.at(source.span(at, at + 1), message, hint=hint)]


def _line(diagnostic: Diagnostic) -> int:
    return diagnostic.span.line if diagnostic.span is not None else 0


def _syntax(source: Source, error: yaml.YAMLError) -> Diagnostic:
    slip = syntax.describe(source.text, error)
    related = []
    if slip.opened is not None:
        related.append(Related("this is where it begins", source.span(slip.opened, slip.opened + 1)))
    return SYNTAX.at(source.span(slip.start, slip.end), slip.message, hint=slip.hint, related=related)


def _control_character(source: Source, error: yaml.reader.ReaderError | None) -> Diagnostic:
    at = syntax.first_forbidden(source.text)
    if at is None:
        message = str(error.reason) if error is not None else "a character that is no text"
        return CONTROL_CHARACTER.at(source.span(0, 0), message)
    message = f"the character U+{ord(source.text[at]):04X} cannot stand in YAML"
    hint = "remove it, or write it as an escape in double quotes; a binary file has no place among spec files"
    return CONTROL_CHARACTER.at(source.span(at, at + 1), message, hint=hint)
