"""Whose a delivery is: the source that a webhook's credentials are of, and with it the tenant.

This runs for each delivery, in the event loop. It looks at the files of secrets once a second at most, and
else takes one hash and one look into a dictionary.
"""

import base64
import binascii
import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final, Literal

from monitorgen.vocabulary.receiver_sources import ReceiverSource
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.access.secret import Unreadable, WatchedSecret

__all__ = ["LONGEST_HEADER", "Admitted", "Webhook"]

LONGEST_HEADER: Final = 8192
"""Bytes of an Authorization header that are looked at; a longer one is no credential of a source."""

_LOOK_EVERY: Final = 1.0
_MOST: Final = 1024  # headers that are remembered: a source sends the same one each time
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A source that has proven who it is."""

    source: str
    tenant: str
    """The tenant that all it delivers belongs to; `""` for none."""


@dataclass(frozen=True, slots=True)
class _Login:
    """How one source proves who it is by a header."""

    admitted: Admitted
    scheme: Literal["bearer", "basic"]
    user: bytes
    secret: WatchedSecret = field(repr=False)


class Webhook:
    """The sources of the settings, with their credentials. For one thread: that of the event loop."""

    def __init__(
        self, sources: Mapping[str, ReceiverSource], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logins: list[_Login] = []
        self._certificates: dict[str, tuple[Admitted, ...]] = {}
        for name, source in sources.items():
            admitted = Admitted(name, source.tenant or "")
            if source.client_certificate is not None:
                same = self._certificates.get(source.client_certificate, ())
                self._certificates[source.client_certificate] = (*same, admitted)
            elif source.token is not None:
                self._logins.append(_Login(admitted, "bearer", b"", WatchedSecret(source.token)))
            elif source.username is not None and source.password is not None:
                user = source.username.encode() + b":"
                self._logins.append(_Login(admitted, "basic", user, WatchedSecret(source.password)))
        self._clock = clock
        self._look_at = clock()
        self._digests: list[tuple[Admitted, bytes]] = []
        self._faults: dict[str, str] = {}
        self._known: dict[bytes, tuple[Admitted, ...]] = {}

    def identify(
        self,
        authorization: Sequence[bytes],
        *,
        common_name: str | None = None,
        named: str | None = None,
    ) -> Admitted | Refusal:
        """The source that sends this, or why it is not let in.

        Args:
            authorization: the value of each Authorization header of the request.
            common_name: that of the client certificate which the TLS layer has verified, if there was one. It
                counts where there is no header.
            named: the source that the path names, if it does.
        """
        if (moment := self._clock()) >= self._look_at:
            self._look_at = moment + _LOOK_EVERY
            self._look()
        if authorization:
            found = self._by_header(authorization)
        elif common_name:
            found = self._certificates.get(common_name) or Refusal(401, "unknown")
        else:
            found = Refusal(401, "missing")
        return found if isinstance(found, Refusal) else _choose(found, named)

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong with the secrets of sources, by the source's name, as of the last look."""
        return self._faults

    def _by_header(self, authorization: Sequence[bytes]) -> tuple[Admitted, ...] | Refusal:
        header = authorization[0]
        if len(authorization) > 1 or len(header) > LONGEST_HEADER:
            return Refusal(401, "malformed")
        digest = hashlib.sha256(header).digest()
        if (known := self._known.get(digest)) is not None:
            return known
        presented = _presented(header)
        if presented is None:
            return Refusal(401, "malformed")
        # All of them, whichever fits: how long it takes tells nothing. Digests have one length.
        proof = _digest(*presented)
        found = tuple(admitted for admitted, held in self._digests if compare_digest(proof, held))
        if not found:
            # It may be that of a source whose secret cannot be read: Alertmanager tries again after a 503 at
            # once, and after a 401 only with the next change of the group.
            return Refusal(503, "unreadable") if self._faults else Refusal(401, "unknown")
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[digest] = found
        return found

    def _look(self) -> None:
        """Takes over the secrets as they are now."""
        digests: list[tuple[Admitted, bytes]] = []
        faults: dict[str, str] = {}
        for login in self._logins:
            try:
                secret = login.secret.read()
            except Unreadable as fault:
                faults[login.admitted.source] = str(fault)
            else:
                digests.append((login.admitted, _digest(login.scheme, login.user + secret)))
        for source in faults.keys() - self._faults.keys():
            _log.error("source %s cannot be let in until its secret can be read: %s", source, faults[source])
        for source in self._faults.keys() - faults.keys():
            _log.info("the secret of source %s can be read again", source)
        if digests != self._digests:
            self._known.clear()
        self._digests, self._faults = digests, faults


def _choose(found: tuple[Admitted, ...], named: str | None) -> Admitted | Refusal:
    if named is not None:
        for admitted in found:
            if admitted.source == named:
                return admitted
        return Refusal(403, "other_source", f"source:{found[0].source}")
    # The tenant comes from the credential: one that fits several sources says nothing about it.
    return found[0] if len(found) == 1 else Refusal(403, "ambiguous")


def _presented(header: bytes) -> tuple[str, bytes] | None:
    """The scheme and the secret part of an Authorization header, or None where it is neither of the two."""
    scheme, _, rest = header.strip(b" \t").partition(b" ")
    rest = rest.lstrip(b" ")
    match scheme.lower():
        case b"bearer" if rest:
            return "bearer", rest
        case b"basic":
            try:
                return "basic", base64.b64decode(rest, validate=True)
            except (binascii.Error, ValueError):
                return None
    return None


def _digest(scheme: str, secret: bytes) -> bytes:
    # With the scheme, so that no token is a user with a password.
    return hashlib.sha256(scheme.encode() + b"\0" + secret).digest()
