"""Text made safe and measurable for a terminal: no control character gets through, and widths are known."""

import unicodedata

__all__ = ["cell", "one_line"]

_CONTROL_PICTURES = 0x2400
_DELETE_PICTURE = "\u2421"
_JOINERS = "\u200c\u200d"
# Vowels and final consonants of Hangul written in parts; they join the consonant before them.
_HANGUL_PARTS = range(0x1160, 0x1200)


def cell(char: str) -> tuple[str, int]:
    """What to print for one character, and how many columns of a terminal it takes.

    Control characters become their pictures, other invisible ones (direction marks, line separators,
    unassigned surrogates) become `<U+202E>`, so that text can neither hide nor move the cursor.
    """
    if " " <= char <= "~":
        return char, 1
    code = ord(char)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code), 1
    if code == 0x7F:
        return _DELETE_PICTURE, 1
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in _JOINERS:
        name = f"<U+{code:04X}>"
        return name, len(name)
    if category in ("Mn", "Me") or char in _JOINERS or code in _HANGUL_PARTS:
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def one_line(text: str) -> str:
    """`text` with everything that could break a line or steer a terminal made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(cell(char)[0] for char in text)
