"""Ids that stand twice in a log, found in little memory.

UUIDv7 begin with the time they were made at, so the ids of one chunk lie close together, and chunks overlap
with few others. Each chunk's ids are kept sorted in a temporary file; a new chunk is compared with those it
overlaps, and there with the ids in the overlap alone.
"""

import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

__all__ = ["Ids"]

_WIDTH: Final = 16


@dataclass(frozen=True, slots=True)
class _Run:
    """The sorted ids of one chunk, where they lie in the file."""

    offset: int
    count: int
    first: bytes
    last: bytes
    newest: bytes
    """The last id of this run and all before it."""


class Ids:
    """All ids seen so far. A context manager: it keeps a temporary file."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="monitorgen-ids-")  # noqa: SIM115 - closed by __exit__
        self._runs: list[_Run] = []
        self._size = 0

    def add(self, packed: bytes) -> list[str]:
        """The ids of `packed` (sorted, 16 bytes each, none twice) that an earlier call had too."""
        if not packed:
            return []
        first, last = packed[:_WIDTH], packed[-_WIDTH:]
        found = sorted({id_ for run in self._overlapping(first) for id_ in self._common(run, packed)})
        newest = max(last, self._runs[-1].newest) if self._runs else last
        self._runs.append(_Run(self._size, len(packed) // _WIDTH, first, last, newest))
        self._file.seek(self._size)
        self._file.write(packed)
        self._size += len(packed)
        return [str(UUID(bytes=id_)) for id_ in found]

    def _overlapping(self, first: bytes) -> Iterator[_Run]:
        """Runs that reach up to `first` or beyond, the latest first; usually none or the last alone."""
        for run in reversed(self._runs):
            if run.newest < first:
                return
            if run.last >= first:
                yield run

    def _common(self, run: _Run, packed: bytes) -> list[bytes]:
        new = _Slots(packed)
        start, end = bisect_left(new, run.first), bisect_right(new, run.last)
        if start == end:
            return []
        self._file.seek(run.offset)
        kept = _Slots(self._file.read(run.count * _WIDTH))
        from_, to = bisect_left(kept, new[start]), bisect_right(kept, new[end - 1])
        return list({new[at] for at in range(start, end)} & {kept[at] for at in range(from_, to)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._file.close()


class _Slots:
    """Packed ids as the sequence that `bisect` wants."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    def __len__(self) -> int:
        return len(self._packed) // _WIDTH

    def __getitem__(self, at: int) -> bytes:
        return self._packed[at * _WIDTH : (at + 1) * _WIDTH]
