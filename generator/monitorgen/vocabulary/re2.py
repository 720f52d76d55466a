"""Plain text as a pattern of RE2, the regular expressions of every server of the stack."""

import re
from typing import Final

__all__ = ["literal"]

_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")


def literal(text: str) -> str:
    """The pattern that matches exactly `text`.

    Only what RE2 gives a meaning is escaped, as Go's regexp.QuoteMeta does, so the pattern stays readable
    (Python's re.escape also escapes blanks, `-`, `#` and `&`).
    """
    return _SPECIAL.sub(r"\\\g<0>", text)
