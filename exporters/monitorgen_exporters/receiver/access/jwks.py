"""The public keys of those who issue tokens (RFC 7517), from a file or from their server.

The server is asked outside of an event loop, and seldom: now and then, and when a token names a key that is
not there. While it is away, the keys that were there last stay good: who cannot reach it could otherwise not
acknowledge an alert just when the network is broken.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.algorithms import AllowedPublicKeys
from jwt.exceptions import PyJWTError
from urllib3.exceptions import HTTPError

from monitorgen_exporters.http_answers import OutOfBounds, read_body, without_password
from monitorgen_exporters.receiver.access.secret import Unreadable, WatchedFile

__all__ = ["FileKeys", "KeySet", "ServedKeys", "SigningKey", "read_key_set"]

_LONGEST: Final = 1 << 20
_MOST: Final = 200  # keys of a set that are looked at
_WAITERS: Final = 8  # requests that wait for the server's answer at a time
_SHORTEST_RSA: Final = 2048  # bits; RFC 7518, section 3.3
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}  # RFC 7518, section 3.4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and the ways of signing that it is for."""

    kid: str | None
    algorithms: frozenset[str]
    key: AllowedPublicKeys


class KeySet(Protocol):
    """The keys of an issuer. Any number of threads may use one."""

    def find(self, kid: str | None, algorithm: str) -> list[SigningKey]:
        """The keys that a token may be signed with: those of that id, or all where it has none.

        May wait for a server. Raises Unreadable where there are no keys at hand at all.
        """


def read_key_set(body: bytes) -> tuple[SigningKey, ...]:
    """The keys in a JSON Web Key Set that signatures can be checked with; others are passed over.

    Shared secrets are among those: a set is public, so that a secret in it is none. Raises Unreadable for
    what is no such set, or one without any key that is of use.
    """
    try:
        found = json.loads(body)
        listed = found["keys"]
    except (ValueError, RecursionError, KeyError, TypeError):
        listed = None
    if not isinstance(listed, list):
        raise Unreadable("it is no JSON Web Key Set")
    keys = tuple(key for entry in listed[:_MOST] if (key := _signing_key(entry)) is not None)
    if not keys:
        raise Unreadable("it holds no public key that signatures can be checked with")
    return keys


def _signing_key(entry: Any) -> SigningKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations or "d" in entry:
        return None  # with "d", it is a private key that everybody knows
    allowed = _algorithms(entry)
    said = entry.get("alg")
    if said is not None:
        allowed &= {said} if isinstance(said, str) else set()
    kid = entry.get("kid")
    if not allowed or not (kid is None or isinstance(kid, str)):
        return None
    try:
        key = PyJWK(entry, algorithm=min(allowed)).key
    except (PyJWTError, ValueError, TypeError, OverflowError, RecursionError, AttributeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < _SHORTEST_RSA:
        return None
    return SigningKey(kid, allowed, key)


def _algorithms(entry: dict[str, Any]) -> frozenset[str]:
    """What the type of a key can be used for: one with each curve, six ways with RSA, none with a secret."""
    kind, curve = entry.get("kty"), entry.get("crv")
    if kind == "RSA":
        return frozenset(f"{family}{bits}" for family in ("RS", "PS") for bits in (256, 384, 512))
    if kind == "EC" and isinstance(curve, str) and curve in _CURVES:
        return frozenset({_CURVES[curve]})
    if kind == "OKP" and curve in ("Ed25519", "Ed448"):
        return frozenset({"EdDSA"})
    return frozenset()


def _fitting(keys: tuple[SigningKey, ...], kid: str | None, algorithm: str) -> list[SigningKey]:
    return [key for key in keys if algorithm in key.algorithms and kid in (None, key.kid)]


class FileKeys:
    """The keys in a file, which is read again when it changes."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = WatchedFile(path, longest=_LONGEST)
        self._lock = threading.Lock()
        self._read: tuple[bytes | None, tuple[SigningKey, ...]] = None, ()

    def find(self, kid: str | None, algorithm: str) -> list[SigningKey]:
        with self._lock:
            body = self._file.read()
            if body != self._read[0]:
                try:
                    self._read = body, read_key_set(body)
                except Unreadable as fault:
                    raise Unreadable(f"{self._path}: {fault}") from None
            keys = self._read[1]
        return _fitting(keys, kid, algorithm)


class ServedKeys:
    """The keys that a server hands out.

    They are asked for anew every `every` seconds, in the background, and when a token names a key that is not
    there, at most once in `pause` seconds, so that nobody can have us flood the server with made-up names.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: str | None = None,
        every: float = 300.0,
        pause: float = 30.0,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._ca_file = ca_file
        self._every, self._pause, self._timeout = every, pause, timeout
        self._clock = clock
        self._asking = threading.Lock()
        # Names that are made up must not hold all the threads that answer while the server is slow.
        self._waiters = threading.BoundedSemaphore(_WAITERS)
        self._keys: tuple[SigningKey, ...] = ()
        self._next = clock()  # when the server may be asked again for what is not there
        self._due = clock()
        self._fault = "it was not asked yet"

    def find(self, kid: str | None, algorithm: str) -> list[SigningKey]:
        if found := _fitting(self._keys, kid, algorithm):
            if self._clock() >= max(self._due, self._next):
                threading.Thread(target=self._ask, name="jwks", daemon=True).start()
            return found
        if self._waiters.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._waiters.release()
        if not self._keys:
            raise Unreadable(f"no keys from {without_password(self._url)}: {self._fault}")
        return _fitting(self._keys, kid, algorithm)

    def _ask(self) -> None:
        """Asks the server, unless that was done within the pause; who comes meanwhile waits for it."""
        with self._asking:
            if (moment := self._clock()) < self._next:
                return
            self._next = moment + self._pause
            try:
                self._keys = read_key_set(self._fetch())
            except (requests.RequestException, HTTPError, OSError, Unreadable) as fault:
                # What requests says quotes the URL, which may hold a password.
                self._fault = str(fault) if isinstance(fault, Unreadable) else "it cannot be reached"
                place = without_password(self._url)
                _log.warning("the keys of tokens cannot be had from %s: %s", place, self._fault)
            else:
                self._due = moment + self._every

    def _fetch(self) -> bytes:
        began = time.monotonic()
        with requests.get(
            self._url,
            timeout=self._timeout,
            verify=self._ca_file or True,
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                raise Unreadable(f"it answered {response.status_code}")
            try:
                return read_body(response, most=_LONGEST, began=began, seconds=self._timeout)
            except OutOfBounds as problem:
                raise Unreadable(f"it {problem}") from None
