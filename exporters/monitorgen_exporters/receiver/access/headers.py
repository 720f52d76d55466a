"""Headers that every answer has, so that a browser does nothing with it but show it to who asked.

After the OWASP cheat sheet on REST security: what is answered is data, which loads nothing, stands in no
frame, is kept in no cache and is taken for no other type than it says.
"""

from collections.abc import Iterable
from typing import Final

__all__ = ["HEADERS", "STRICT_TRANSPORT", "secured"]

Header = tuple[bytes, bytes]

HEADERS: Final[tuple[Header, ...]] = (
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""On every answer, as ASGI has headers; a page that needs more sets its own value."""

STRICT_TRANSPORT: Final[Header] = (b"strict-transport-security", b"max-age=31536000")
"""Where TLS is spoken, here or by a proxy. Other hosts of the domain are not ours to speak for."""


def secured(headers: Iterable[Header], *, tls: bool) -> list[Header]:
    """The headers of an answer, names in lower case, with those of ours that it has not set itself."""
    own = list(headers)
    there = {name for name, _ in own}
    ours = (*HEADERS, STRICT_TRANSPORT) if tls else HEADERS
    return own + [header for header in ours if header[0] not in there]
