"""Signatures of the requests that tell other systems: made here, and looked at by whoever is told.

A request carries `X-Monitorgen-Timestamp`, the seconds since 1970 at which it was sent, and
`X-Monitorgen-Signature`, which is `v1=` and the hexadecimal HMAC-SHA256, under the shared secret, of the
timestamp, a full stop and the body as it came. The other side:

1. takes the body as bytes, before anything parses it;
2. refuses a timestamp that is further than five minutes from its own clock: such a request was recorded and
   is being played again;
3. makes the signature itself and compares it in constant time (`hmac.compare_digest`);
4. remembers `Idempotency-Key` for at least as long as the notification's `deadline`, and answers a key that
   it knows with 200 and does nothing: an attempt is repeated with the same key and body, but a new
   timestamp.

The same as shell: `printf '%s.%s' "$timestamp" "$body" | openssl dgst -sha256 -hmac "$secret"`.
"""

import hmac
import re
import time
from collections.abc import Mapping
from typing import Final

__all__ = ["SIGNATURE", "TIMESTAMP", "WINDOW", "SignatureError", "sign", "verify"]

TIMESTAMP: Final = "X-Monitorgen-Timestamp"
SIGNATURE: Final = "X-Monitorgen-Signature"
WINDOW: Final = 300
"""Seconds that a timestamp may be away from the clock of the one who verifies."""


class SignatureError(ValueError):
    """The request was not signed with this secret, or not now; the text says which."""


def sign(secret: bytes, timestamp: int, body: bytes) -> str:
    """The signature of a request: the value of its header.

    >>> sign(b"secret", 1700000000, b"{}")
    'v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163'
    """
    return "v1=" + hmac.digest(secret, b"%d." % timestamp + body, "sha256").hex()


def verify(
    secret: bytes,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    window: float = WINDOW,
) -> None:
    """Returns if the request was signed with this secret, `window` seconds from `now` at most.

    Raises SignatureError if not. `headers` may spell names in any case; `now` is in seconds since 1970.
    """
    found = {name.lower(): value for name, value in headers.items()}
    timestamp = found.get(TIMESTAMP.lower(), "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp, re.ASCII):
        raise SignatureError(f"{TIMESTAMP} is missing or no number of seconds")
    signature = found.get(SIGNATURE.lower(), "")
    # As bytes, since compare_digest takes no text beyond ASCII.
    expected = sign(secret, int(timestamp), body).encode()
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected):
        raise SignatureError(f"{SIGNATURE} is missing or not the signature of this request")
    if abs((time.time() if now is None else now) - int(timestamp)) > window:
        raise SignatureError(
            f"{TIMESTAMP} is further than {window:g} s from this clock: an old request again?"
        )
