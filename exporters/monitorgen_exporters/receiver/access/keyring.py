"""API keys as requests bring them: looked up, remembered for a moment, and noted as used."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from hmac import compare_digest
from typing import Final

from monitorgen_exporters.audit.store import Store
from monitorgen_exporters.receiver.access.key_rows import Key, digest_of, id_in, read_key
from monitorgen_exporters.receiver.access.principal import Principal, Roles, permissions_of
from monitorgen_exporters.receiver.access.refusal import Refusal
from monitorgen_exporters.receiver.work import Work

__all__ = ["REMEMBERED", "Keyring", "look_up"]

REMEMBERED: Final = 10.0
"""Seconds for which a key that was good is not looked up again, and a revocation elsewhere not seen."""

_MOST: Final = 4096  # keys that are remembered at a time
_NOTED: Final = 60.0  # seconds between two notes of one key's use
_NOBODY: Final = digest_of("")


def look_up(store: Store, presented: str, now: str) -> Key | Refusal:
    """The key that was presented, if it is good at `now`. Raises StoreError.

    What is compared are digests, in constant time: who can measure how long it takes learns nothing of the
    key, only whether the id is one of ours, and that is no secret.
    """
    id = id_in(presented)
    if id is None:
        return Refusal(401, "malformed")
    key, digest = read_key(store, id) or (None, _NOBODY)
    same = compare_digest(digest_of(presented), digest)
    if key is None or not same:
        return Refusal(401, "unknown")
    return _refusal(key, now) or key


def _refusal(key: Key, now: str) -> Refusal | None:
    if key.revoked_at is not None:
        return Refusal(401, "revoked", f"key:{key.id}")
    if key.expired(now):
        return Refusal(401, "expired", f"key:{key.id}")
    return None


class Keyring:
    """The keys of the database for one process. Any number of threads may use it."""

    def __init__(self, roles: Roles, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._roles = roles
        self._clock = clock
        self._lock = threading.Lock()
        # By the digest of what was presented: how long a look takes tells nothing of a key, nor does a dump.
        self._known: OrderedDict[str, tuple[Key, float]] = OrderedDict()
        self._noted: dict[str, float] = {}
        self._used: dict[str, str] = {}

    def authenticate(
        self, presented: str, now: str, read: Callable[[], AbstractContextManager[Store]]
    ) -> Principal | Refusal:
        """Who presents this key at `now`, or why they are not let in.

        `read` opens the database to read (`Database.read`); it is called only for a key that was not seen
        good in the last `REMEMBERED` seconds, and may wait: call this outside of an event loop. Raises
        StoreError.
        """
        if id_in(presented) is None:
            return Refusal(401, "malformed")
        digest = digest_of(presented)
        key = self._remembered(digest)
        if key is None:
            asked = self._clock()
            with read() as store:
                found = look_up(store, presented, now)
            if isinstance(found, Refusal):
                return found
            key = found
            self._remember(digest, key, asked + REMEMBERED)
        elif (refusal := _refusal(key, now)) is not None:
            return refusal
        self._note(key.id, now)
        return Principal(key.name, f"key:{key.name}", permissions_of(key.roles, self._roles), key.tenant)

    def forget(self) -> None:
        """Looks every key up again: after one was revoked or rotated in this process."""
        with self._lock:
            self._known.clear()

    @property
    def has_uses(self) -> bool:
        """Whether `write_uses` has anything to write."""
        return bool(self._used)

    def write_uses(self, work: Work) -> None:
        """Writes when keys were last used: for each, once a minute at most.

        Should the transaction fail, these notes are lost, and the next use a minute later is noted again.
        """
        with self._lock:
            used, self._used = self._used, {}
        for id, at in used.items():
            # Another replica may have noted a later use.
            work.store.execute(
                "UPDATE receiver_credential SET used_at = ? WHERE id = ? AND COALESCE(used_at, '') < ?",
                [at, id, at],
            )

    def _remembered(self, digest: str) -> Key | None:
        with self._lock:
            key, until = self._known.get(digest, (None, 0.0))
            return key if self._clock() < until else None

    def _remember(self, digest: str, key: Key, until: float) -> None:
        with self._lock:
            self._known[digest] = key, until
            self._known.move_to_end(digest)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)

    def _note(self, id: str, now: str) -> None:
        with self._lock:
            moment = self._clock()
            if moment >= self._noted.get(id, moment):
                # Only ids of keys that were good come here, so that this grows no further than they do.
                self._noted[id] = moment + _NOTED
                self._used[id] = now
