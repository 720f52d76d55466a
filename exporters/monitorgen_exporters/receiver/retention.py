"""What is kept no longer than the settings say: the text of deliveries, and alerts that ended long ago.

The audit log is not touched: it has a retention of its own, and says what was pruned.
"""

import logging
import threading

from monitorgen.vocabulary.receiver import ReceiverRetention
from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.moments import later

__all__ = ["Retention"]

_logger = logging.getLogger(__name__)
_EVERY = 300.0  # seconds between two rounds
_AT_ONCE = 500  # rows of one transaction: others wait while it is written
_OF_AN_EPISODE = ("receiver_event", "receiver_timer", "receiver_effect", "receiver_silence")


class Retention:
    """Deletes what is too old, a little at a time, from `start` to `stop`."""

    def __init__(self, database: Database, settings: ReceiverRetention) -> None:
        self._database = database
        self._settings = settings
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, once the transaction under way is written."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def round(self) -> int:
        """Deletes everything that is too old now; how many deliveries, episodes and silences that were."""
        done = 0
        while not self._ending.is_set() and (some := self._some()):
            done += some
        return done

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.round()
            except StoreError as problem:
                _logger.error("what is too old could not be deleted, and will be later: %s", problem)
            self._ending.wait(_EVERY)

    def _some(self) -> int:
        with self._database.write() as work:
            store = work.store
            deliveries = [
                key
                for (key,) in store.query(
                    "SELECT key FROM receiver_delivery WHERE last_ts < ? LIMIT ?",
                    [later(work.now, -self._settings.deliveries), _AT_ONCE],
                )
            ]
            for key in deliveries:
                store.execute("DELETE FROM receiver_delivery WHERE key = ?", [key])
            episodes = [
                id
                for (id,) in store.query(
                    "SELECT id FROM receiver_episode WHERE ended_at < ? LIMIT ?",
                    [later(work.now, -self._settings.episodes), _AT_ONCE],
                )
            ]
            for id in episodes:
                for table in _OF_AN_EPISODE:
                    store.execute(f"DELETE FROM {table} WHERE episode = ?", [id])  # noqa: S608 - our own words
                store.execute("DELETE FROM receiver_episode WHERE id = ?", [id])
            # Those of an episode go with it; these are people's own.
            silences = store.execute(
                "DELETE FROM receiver_silence WHERE id IN (SELECT id FROM receiver_silence "
                "WHERE episode = '' AND state = 'ended' AND changed_at < ? LIMIT ?)",
                [later(work.now, -self._settings.episodes), _AT_ONCE],
            )
        return len(deliveries) + len(episodes) + silences
