"""Personal values: a record holds a commitment, a side table holds what opens it, and can be emptied.

A commitment is SHA-256(0x10 || salt || canonical value) with 32 random bytes of salt. Without the salt it
tells nothing about the value, however few values there might be. Once salt and value are erased, nobody can
open it again, and no hash of the log has changed.
"""

import hmac
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from monitorgen_exporters.audit.canonical import Json, canonical, parse_canonical
from monitorgen_exporters.audit.store import Store

__all__ = ["Opening", "commit_to", "opens", "values_of"]

_SALT_BYTES = 32


class Opening(NamedTuple):
    """What opens one commitment: its path in the record, the salt, and the value's canonical bytes."""

    field: str
    salt: bytes
    value: bytes

    @property
    def commitment(self) -> str:
        """The commitment, as 64 hex digits."""
        return sha256(b"\x10" + self.salt + self.value).hexdigest()


def commit_to(values: Mapping[str, Json]) -> tuple[Opening, ...]:
    """An opening with fresh salt for each value, by path; raises NotCanonicalisable for what is no JSON."""
    return tuple(Opening(field, os.urandom(_SALT_BYTES), canonical(value)) for field, value in values.items())


def opens(opening: Opening, commitment: str) -> bool:
    """Whether this is what the commitment was made of."""
    return len(opening.salt) == _SALT_BYTES and hmac.compare_digest(
        opening.commitment.encode(), commitment.encode()
    )


def values_of(store: Store, ids: Iterable[str]) -> dict[str, dict[str, Json]]:
    """The personal values that are kept of each of these records, by id and path.

    They are as the side table has them: whether they open what the record commits to, `opens` says.
    """
    found: dict[str, dict[str, Json]] = {}
    for id in ids:
        kept = store.query("SELECT field, value FROM audit_personal WHERE id = ? ORDER BY field", [id])
        if kept:
            found[id] = {field: parse_canonical(value) for field, value in kept}
    return found
