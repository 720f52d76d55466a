"""Whether the receiver lives, and whether it can do its work now."""

import asyncio
import time

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.ingest import Ingest

__all__ = ["Health"]

_SHOWN = 1.0  # seconds for which an answer is given again: anybody may ask, and asking takes a transaction


class Health:
    """Looks at a running receiver and at its database."""

    def __init__(self, database: Database, ingest: Ingest) -> None:
        self._database = database
        self._ingest = ingest
        self._looked = -_SHOWN
        self._found: list[str] = []

    def dead(self) -> list[str]:
        """What has ended though it should not have, each in a line: only a new start helps then."""
        return [] if self._ingest.alive else ["deliveries are no longer written"]

    async def missing(self) -> list[str]:
        """What stands in the way of taking deliveries, each in a line."""
        if (dead := self.dead()) or time.monotonic() - self._looked < _SHOWN:
            return dead or self._found
        self._found = await asyncio.get_running_loop().run_in_executor(None, self._database_missing)
        self._looked = time.monotonic()
        return self._found

    def _database_missing(self) -> list[str]:
        try:
            # Only writing shows that writing is possible; it changes nothing.
            with self._database.write() as work:
                work.store.execute("UPDATE receiver_state SET version = version WHERE one = 1")
        except StoreError as problem:
            return [f"the database cannot be written: {problem}"]
        # A full disk has room for what changes nothing.
        why = self._ingest.trouble
        return [f"deliveries are refused: {why}"] if why else []
