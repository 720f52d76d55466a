"""An API key as the table `receiver_credential` has it, and how one is written.

A key is `mgk_<id>_<secret>`. The id is no secret: it finds the row, and stands in lists and in the audit log.
The table has the SHA-256 of the whole key and never the key. One round of a fast hash is enough for that,
and would not be for passwords: the secret has 256 random bits, and from 112 on NIST SP 800-63B (section
5.1.2.2, on look-up secrets) asks for an approved one-way function, without salt or stretching.
"""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass
from typing import Any, Final

import orjson

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.tables import CREDENTIAL

__all__ = ["PREFIX", "Key", "digest_of", "id_in", "new_text", "read_key", "read_keys"]

PREFIX: Final = "mgk_"
"""What every key begins with, so that scanners for leaked secrets know one."""

_ALPHABET: Final = string.digits + string.ascii_letters
_ID: Final = 12
_SECRET: Final = 43  # 62**43 > 2**256
_FORM: Final = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_ID}}})_[0-9A-Za-z]{{{_SECRET}}}")
_SELECT: Final = f"SELECT {', '.join(CREDENTIAL.columns)} FROM {CREDENTIAL.name}"  # noqa: S608 - names of ours


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; neither it nor its hash. Times are those of `audit.stamps.now`."""

    id: str
    name: str
    roles: tuple[str, ...]
    tenant: str | None
    """The one tenant it is for; None for a key that sees all."""
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None
    """When it was last used, to a minute or so."""

    def expired(self, now: str) -> bool:
        """Whether its time is over at `now`."""
        return self.expires_at is not None and self.expires_at <= now

    def good(self, now: str) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and not self.expired(now)


def new_text() -> tuple[str, str]:
    """A new id, and the whole key with that id."""
    id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET))
    return id, f"{PREFIX}{id}_{secret}"


def id_in(presented: str) -> str | None:
    """The id in what was presented as a key; None where it cannot be a key of ours."""
    found = _FORM.fullmatch(presented)
    return None if found is None else found[1]


def digest_of(presented: str) -> str:
    """What the table has of a key: 64 hex digits."""
    return hashlib.sha256(presented.encode("utf-8", "surrogatepass")).hexdigest()


def read_key(store: Store, id: str) -> tuple[Key, str] | None:
    """The key with this id and the digest of its text, or None."""
    rows = store.query(f"{_SELECT} WHERE id = ?", [id])
    return (_key(rows[0]), rows[0][2]) if rows else None


def read_keys(store: Store) -> list[Key]:
    """All keys there are and were, the oldest first."""
    return [_key(row) for row in store.query(f"{_SELECT} ORDER BY created_at, id")]


def _key(row: tuple[Any, ...]) -> Key:
    id, name, _, roles, tenant, created_at, expires_at, revoked_at, used_at = row
    return Key(
        id, name, tuple(orjson.loads(roles)), tenant or None, created_at, expires_at, revoked_at, used_at
    )
