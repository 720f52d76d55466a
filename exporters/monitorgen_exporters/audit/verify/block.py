"""A few hundred rows of the table of records, and what a look at them gives."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

__all__ = ["DECLARING", "Block", "Row"]

DECLARING: Final = frozenset(
    ("log.created", "log.pruned", "log.restored", "record.erased", "key.rotated", "config.applied")
)
"""Types of records that say what was done to the log itself."""


class Row(NamedTuple):
    """One row of the table of records, as it was read: nothing about the types is certain."""

    pos: Any
    id: Any
    ts: Any
    type: Any
    actor: Any
    subject: Any
    incident: Any
    severity: Any
    leaf: Any
    chain: Any
    body: Any


@dataclass(slots=True)
class Block:
    """What a look at some rows gives to those who look at the whole."""

    leaves: list[bytes] = field(default_factory=list)
    """Stored leaf hashes, in order, from the first position on until one is missing."""
    chain: bytes | None = None
    """Last chain value, as stored; None when unknown."""
    positions: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    packed: bytes = b""
    """The ids, 16 bytes each."""
    times: list[str] = field(default_factory=list)
    """Timestamps; positions, ids and these are of the records that could be read, in order."""
    declaring: list[tuple[int, bytes]] = field(default_factory=list)
    """Positions and bodies of records that say what was done to the log."""
    committed: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    """Positions, ids and commitments of records with personal fields."""
    pruned: list[int] = field(default_factory=list)
    """Positions without body."""
    records: int = 0
    """Bodies that were hashed."""
