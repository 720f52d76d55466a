"""Block-style YAML that every reader reads back as the very same value.

An emitter of our own because emission is a large share of a build and PyYAML's C dumper is more than ten
times slower. A string stands plain only where neither YAML 1.1 nor 1.2 could read anything but that string;
text of several lines is a literal block where no character of it could be lost; all else is double-quoted.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import orjson

__all__ = ["Yaml", "emit", "scalar"]

Yaml: TypeAlias = "Mapping[str, Yaml] | Sequence[Yaml] | str | int | float | bool | None"
"""What can be emitted. Tuples are written as lists, members of a `StrEnum` as their text."""

_EXACT = frozenset({dict, list, str, int, float, bool, type(None)})

# Escaped wherever they stand: what YAML calls unprintable (readers refuse it raw), what YAML 1.1 takes for a
# line break and folds into a space (U+0085, U+2028, U+2029), and the byte order mark.
_ESCAPED = "\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"
_TO_ESCAPE = re.compile(f"[{_ESCAPED}]")

# First characters that are no YAML indicator and start no number, date or special float.
_PLAIN_START = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/($")
_PLAIN_UNICODE = re.compile(f"[^\x00-\x1f\ud800-\udfff{_ESCAPED}]*")
_DURATION = re.compile(r"(?:[0-9]+(?:ms|[smhdwy]))+")
_RETYPED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

# In a literal block nothing can be escaped, and blanks at the end of a line do not survive editors.
_NOT_LITERAL = re.compile(f"[\x00-\x08\x0b-\x1f\ud800-\udfff{_ESCAPED}]|[ \t](?:\n|\\Z)")
_LINE_START = re.compile("^(?=.)", re.MULTILINE)

# A key on one line with its value may have 1,024 characters (bytes, to some readers); longer ones take `? `.
_LONGEST_KEY = 240

_Push: TypeAlias = Callable[[str], None]


def emit(value: Yaml) -> str:
    """`value` as a YAML document: block style, two blanks a level, keys in the order given, no anchors.

    Raises ValueError for a lone surrogate, which no UTF-8 file can hold, and TypeError for a key that is
    no string or a value that is not `Yaml`.
    """
    out: list[str] = []
    value = _exact(value)
    if isinstance(value, dict) and value:
        _mapping(value, "", "", out.append)
    elif isinstance(value, list) and value:
        _sequence(value, "", "", out.append)
    else:
        out.append(_scalar(value, "  "))
    return "".join(out)


def scalar(text: str, pad: str) -> str:
    """`text` as `emit` writes it behind a key, with its line end; a literal block begins at `pad`."""
    return f"{found}\n" if (found := _SCALARS[text]) else _literal(text, pad)


def _mapping(value: dict[str, Yaml], lead: str, pad: str, push: _Push) -> None:
    """Every entry on lines of its own at `pad`; `lead` is what stands before the first key (`- `, say)."""
    deeper = pad + "  "
    for key, item in value.items():
        name = _KEYS[key] or f"? {_quoted(key)}\n{pad}:"
        kind = type(item)
        if kind is str and (text := _SCALARS[item]):  # type: ignore[index]
            push(f"{lead}{name} {text}\n")
        else:
            item = item if kind in _EXACT else _exact(item)
            if isinstance(item, dict) and item:
                push(f"{lead}{name}\n")
                _mapping(item, deeper, deeper, push)
            elif isinstance(item, list) and item:
                push(f"{lead}{name}\n")
                _sequence(item, deeper, deeper, push)
            else:
                push(f"{lead}{name} {_scalar(item, deeper)}")
        lead = pad


def _sequence(value: list[Yaml], lead: str, pad: str, push: _Push) -> None:
    """Every item after a dash at `pad`; `lead` as in `_mapping`."""
    deeper = pad + "  "
    for item in value:
        item = item if type(item) in _EXACT else _exact(item)
        if isinstance(item, dict) and item:
            _mapping(item, f"{lead}- ", deeper, push)
        elif isinstance(item, list) and item:
            _sequence(item, f"{lead}- ", deeper, push)
        else:
            push(f"{lead}- {_scalar(item, deeper)}")
        lead = pad


def _scalar(value: Yaml, pad: str) -> str:
    """A scalar or an empty collection up to and with its line end; a literal block's lines begin at `pad`."""
    if isinstance(value, str):
        return scalar(value, pad)
    if value is None:
        return "null\n"
    if isinstance(value, bool):
        return "true\n" if value else "false\n"
    if isinstance(value, int):
        return f"{value:d}\n"
    if isinstance(value, float):
        return f"{_float(value)}\n"
    return "{}\n" if isinstance(value, dict) else "[]\n"


def _float(value: float) -> str:
    if value != value:
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    text = float.__repr__(value)
    # YAML 1.1 sees a float only where there is a point: 1e-07 would be read as a string.
    return text if "." in text else text.replace("e", ".0e")


def _literal(text: str, pad: str) -> str:
    """A literal block that reads back as `text`, to the character, if `_fits_literal(text)`."""
    # Readers take the indentation from the first line that is not empty, unless told.
    told = "2" if text[0] in " \t\n" else ""
    chomp, end = ("+" if text.endswith("\n\n") else "", "") if text.endswith("\n") else ("-", "\n")
    if told or "\n\n" in text:
        return f"|{told}{chomp}\n{_LINE_START.sub(pad, text)}{end}"
    body = text.rstrip("\n").replace("\n", f"\n{pad}")  # no empty lines to spare: quicker than the above
    return f"|{chomp}\n{pad}{body}\n"


def _quoted(text: str) -> str:
    """`text` in double quotes, on one line.

    JSON's escapes are YAML's too, but for surrogate pairs, which Go's reader refuses: orjson writes such
    characters raw.
    """
    try:
        json = orjson.dumps(text).decode()
    except TypeError as error:
        raise ValueError(f"a lone surrogate cannot be written as UTF-8: {text!r}") from error
    return json if json.isascii() and "\x7f" not in json else _TO_ESCAPE.sub(_escape, json)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _one_line(text: str) -> str:
    """Plain where that is safe, else quoted."""
    # `isprintable` is the fast path for ASCII only: beyond, it depends on Python's Unicode tables.
    if text.isascii():
        safe = text[:1] in _PLAIN_START and text.isprintable()
    else:
        starts_plain = text[0] in _PLAIN_START or text[0] > "\x7f"
        safe = starts_plain and text == text.strip() and _PLAIN_UNICODE.fullmatch(text) is not None
    if safe and ": " not in text and " #" not in text and text[-1] not in ": ":
        return _quoted(text) if len(text) < 6 and text.lower() in _RETYPED else text
    return text if _DURATION.fullmatch(text) else _quoted(text)


def _value(text: str) -> str:
    """As `_one_line`, but '' for what is to be a literal block."""
    return "" if "\n" in text and _fits_literal(text) else _one_line(text)


def _fits_literal(text: str) -> bool:
    """Whether text of several lines can be a literal block (the ASCII branch is only the quicker one)."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return " \n" not in text and text[-1] != " " and not text.isspace()
    return not _NOT_LITERAL.search(text)


class _Cache(dict[str, str]):
    """Texts made once: keys, label values and short expressions come back thousands of times in a build."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, text: str) -> str:
        made = self._make(text)
        if len(text) < 50:
            if len(self) > 20_000:
                self.clear()
            self[text] = made
        return made


def _key(text: str) -> str:
    """A key and its colon, but '' for one that is too long to stand before its value."""
    return f"{_one_line(text)}:" if len(text) < _LONGEST_KEY else ""


_KEYS = _Cache(_key)
_SCALARS = _Cache(_value)


def _exact(value: object) -> Yaml:
    """`value` as one of the built-in types the emitter tells apart, which subclasses are made into."""
    if type(value) in _EXACT:
        return value  # type: ignore[return-value]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"not a YAML value: {value!r}")
