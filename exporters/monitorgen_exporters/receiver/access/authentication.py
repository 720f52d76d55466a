"""The API's door: who sends a request, by its Authorization header."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.access.key_rows import PREFIX
from monitorgen_exporters.receiver.access.keyring import Keyring
from monitorgen_exporters.receiver.access.principal import Principal
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.access.tokens import Tokens

__all__ = ["authenticate"]


def authenticate(
    authorization: Sequence[bytes],
    *,
    keyring: Keyring,
    tokens: Tokens | None,
    now: str,
    read: Callable[[], AbstractContextManager[Store]],
) -> Principal | Refusal:
    """Who sends a request with these Authorization headers at `now`, or why they are not let in.

    An API key or a JSON Web Token, each as `Bearer`; credentials in a URL would end up in logs, and are none.
    It may wait for the database (`read` opens it) or for the issuer of tokens: call it outside of an event
    loop. Raises StoreError.
    """
    if not authorization:
        return Refusal(401, "missing")
    if len(authorization) > 1:
        return Refusal(401, "malformed")
    scheme, _, rest = authorization[0].strip(b" \t").partition(b" ")
    presented = rest.lstrip(b" ")
    if scheme.lower() != b"bearer" or not presented.isascii():
        return Refusal(401, "malformed")
    text = presented.decode("ascii")
    if text.startswith(PREFIX):
        return keyring.authenticate(text, now, read)
    return Refusal(401, "unknown") if tokens is None else tokens.authenticate(text)
