"""What a log asks of a database: few things, so that all that is kept is written once for both kinds."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, Self

from monitorgen_exporters.audit.store.tables import Table

__all__ = ["Row", "Store"]

Row = tuple[Any, ...]


class Store(Protocol):
    """An open database with the tables of a log (`tables.py`) in it.

    SQL is what both kinds understand, with `?` for each parameter. Bytes come back as bytes, numbers as int.
    Outside of `transaction` and `snapshot` each statement stands alone, committed when it returns. One store
    is used by one thread at a time; it may be handed to another thread.

    Every method raises an error of `errors.py`.
    """

    @property
    def place(self) -> str:
        """Where the log is, as the user may be told: without a password."""

    @property
    def url(self) -> str:
        """What `open_store` opens this store with again, password and all."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgres`."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows that a SELECT gives, at once; ask for many in pieces (`records.rows` does)."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """How many rows a statement changed."""

    def insert(self, table: str | Table, rows: Iterable[Sequence[object]]) -> None:
        """Adds rows to a table of the log or of a program that lives beside it, in the order of its columns.

        Raises Duplicate for a key that is there.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside is durably committed when the block ends, and nothing when it fails."""

    def snapshot(self) -> AbstractContextManager[None]:
        """All that is read inside is of one moment, whatever others commit meanwhile."""

    def try_sequencer(self) -> bool:
        """True when this store is now the one that may add records, until it or its process ends."""

    def close(self) -> None:
        """Lets go of the database and of the sequencer's lock. A second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *problem: object) -> None: ...
