"""Keys of signed notes, public and private, in the text forms that other tools for notes read and write."""

import base64
import binascii
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = [
    "COSIGNATURE_V1",
    "ED25519",
    "NoteError",
    "SigningKey",
    "VerifierKey",
    "check_key_name",
    "decode_base64",
]

ED25519 = 0x01
"""Signature type of a log: Ed25519 over the text."""

COSIGNATURE_V1 = 0x04
"""Signature type of a witness: Ed25519 over a time and the text."""

_SECRET = "PRIVATE+KEY+"  # noqa: S105 (what the text of every private key begins with)
_MAX_NAME = 255
_MAX_TIME = 2**63 - 1


class NoteError(ValueError):
    """The note, key or signature is not what it claims to be, or not of the form."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name it signs under. Its text is the vkey: `name+hex key id+base64(type, key)`."""

    name: str
    public_key: bytes
    algorithm: int = ED25519
    key_id: bytes = field(init=False)
    """First four bytes of SHA-256(name || 0x0A || signature type || public key)."""

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE_V1):
            raise NoteError(f"signature type 0x{self.algorithm:02x} is not known here; 0x01 and 0x04 are")
        if len(self.public_key) != 32:
            raise NoteError(f"an Ed25519 key has 32 bytes, not {len(self.public_key)}")
        named = self.name.encode() + b"\n" + bytes((self.algorithm,)) + self.public_key
        object.__setattr__(self, "key_id", sha256(named).digest()[:4])

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key a vkey names.

        Raises:
            NoteError: if it is not of the form, or the key id in it is not that of the key.
        """
        name, key_id, material = _split_key(vkey)
        key = cls(name, material[1:], material[0])
        if key.key_id.hex() != key_id:
            raise NoteError(f"the key id of {name[:60]!r} has to be {key.key_id.hex()} for this key")
        return key

    def __str__(self) -> str:
        material = base64.b64encode(bytes((self.algorithm,)) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def verify(self, text: bytes, value: bytes) -> int | None:
        """Return only if `value` is this key's signature of the text: the time of a cosignature, else None.

        The time is in seconds since 1970.

        Raises:
            NoteError: if it is not.
        """
        at = None
        if self.algorithm == COSIGNATURE_V1:
            at = int.from_bytes(value[:8], "big")
            if len(value) < 8 or at > _MAX_TIME:
                raise NoteError(f"the cosignature by {self.name} bears no time")
            text, value = _cosigned(text, at), value[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(value, text)
        except (InvalidSignature, ValueError):
            raise NoteError(f"the signature by {self.name} (key id {self.key_id.hex()}) is bad") from None
        return at


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the name it signs under. Neither `repr` nor any error shows the key."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: int = ED25519
    verifier: VerifierKey = field(init=False)
    """The public half."""
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.seed) != 32:
            raise NoteError(f"an Ed25519 key has 32 bytes, not {len(self.seed)}")
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        object.__setattr__(self, "_private", private)
        public = private.public_key().public_bytes_raw()
        object.__setattr__(self, "verifier", VerifierKey(self.name, public, self.algorithm))

    @classmethod
    def generate(cls, name: str, algorithm: int = ED25519) -> Self:
        """A new random key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw(), algorithm)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key of the text `secret` gives, which is the form Go's tools write.

        Raises:
            NoteError: if it is not of the form; what it holds is not repeated.
        """
        if not text.startswith(_SECRET):
            raise NoteError("no private key of a signed note: its text begins with PRIVATE+KEY+")
        name, key_id, material = _split_key(text.removeprefix(_SECRET))
        key = cls(name, material[1:], material[0])
        if key.verifier.key_id.hex() != key_id:
            raise NoteError("the private key is damaged: its key id is another")
        return key

    def secret(self) -> str:
        """The private key as text, for a key file or a secret store. Keep it out of logs."""
        material = base64.b64encode(bytes((self.algorithm,)) + self.seed).decode()
        return f"{_SECRET}{self.name}+{self.verifier.key_id.hex()}+{material}"

    def sign(self, text: bytes, *, at: int | None = None) -> bytes:
        """The signature of a text; for a witness's key with the time `at` (seconds since 1970; else now)."""
        if self.algorithm != COSIGNATURE_V1:
            return self._private.sign(text)
        seconds = int(time.time()) if at is None else at
        return seconds.to_bytes(8, "big") + self._private.sign(_cosigned(text, seconds))


def decode_base64(text: str) -> bytes:
    """The bytes of standard base64 in its one form: padded, no blanks, no spare bits.

    Raises:
        NoteError: for anything else.
    """
    try:
        value = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("the base64 is not of the form") from None
    if base64.b64encode(value).decode() != text:
        raise NoteError("the base64 is not of the form")
    return value


def check_key_name(name: str) -> None:
    """Return only if this can be the name of a key; raises NoteError if not."""
    if not 0 < len(name) <= _MAX_NAME or "+" in name or any(char.isspace() or char < " " for char in name):
        raise NoteError(f"{name[:60]!r} is no name of a key: at most 255 characters, no blanks, no plus")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise NoteError("the name of a key has no UTF-8") from None


def _cosigned(text: bytes, seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (seconds, text)


def _split_key(text: str) -> tuple[str, str, bytes]:
    """Name, key id in hex, and material of a vkey or of the tail of a private key."""
    parts = text.split("+", 2)
    if len(parts) != 3 or len(parts[1]) != 8 or not set(parts[1]) <= set("0123456789abcdef"):
        raise NoteError("the text of a key is name+hex key id+base64")
    material = decode_base64(parts[2])
    if not material:
        raise NoteError("the text of a key holds no key")
    check_key_name(parts[0])
    return parts[0], parts[1], material
