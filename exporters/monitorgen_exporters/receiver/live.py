"""What changes, as it changes: open alerts first, then each event, for as long as somebody listens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from monitorgen_exporters.audit.store import Store, StoreError
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.episodes.model import Episode
from monitorgen_exporters.receiver.queries.alerts import AlertQuery, find_alerts, find_some
from monitorgen_exporters.receiver.queries.events import Event, EventQuery, find_events, newest

__all__ = [
    "HEARTBEAT",
    "Change",
    "Heartbeat",
    "Live",
    "OpenAlert",
    "Ready",
    "Said",
    "Stream",
    "TooManyStreams",
]

HEARTBEAT: Final = 15.0
"""Seconds after which a stream that has nothing to say says that it lives."""

_BATCH: Final = 200  # alerts or events that are in memory at a time, for each stream
_BREATH: Final = 0.2  # seconds between two looks of a stream: many commits are one look
_OTHERS: Final = 1.0  # seconds between two looks for what other replicas have written
_MOST: Final = 500  # streams

_OPEN: Final = AlertQuery(statuses=("acknowledged", "firing", "suppressed"))

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that was open when the stream began."""

    alert: Episode


@dataclass(frozen=True, slots=True)
class Ready:
    """All open alerts have been told; what is told from here on came after event `seq`."""

    seq: int


@dataclass(frozen=True, slots=True)
class Change:
    """An event, and its alert as it is by now; None once that is not kept any more."""

    event: Event
    alert: Episode | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing has happened up to event `seq`."""

    seq: int


Said = OpenAlert | Ready | Change | Heartbeat


class TooManyStreams(Exception):  # noqa: N818 - it is an answer
    """As many listen as there may."""


class Live:
    """The streams of a receiver. All are of one event loop; `end` may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ended = False
        self._streams: set[Stream] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        database.listeners["events"].append(self._committed)

    def open(self, tenant: str | None, after: int | None) -> "Stream":
        """A new stream of what `tenant` may see, from event `after` on; None: open alerts first.

        Whoever opens one closes it. Raises TooManyStreams.
        """
        if len(self._streams) >= _MOST:
            raise TooManyStreams
        self._loop = asyncio.get_running_loop()
        stream = Stream(self, tenant, after)
        self._streams.add(stream)
        if self._looking is None or self._looking.done():
            self._looking = self._loop.create_task(self._look())
        return stream

    @property
    def listeners(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    def end(self) -> None:
        """Ends all streams; those that are opened later end at once."""
        self.ended = True
        self._stir_all()

    def close(self, stream: "Stream") -> None:
        """Lets go of a stream that is not listened to any more."""
        self._streams.discard(stream)

    async def read(self, ask: Callable[[Store], _T]) -> _T:
        """What `ask` gives, in a thread. Raises StoreError."""

        def reading() -> _T:
            with self.database.read() as store:
                return ask(store)

        return await asyncio.get_running_loop().run_in_executor(None, reading)

    async def _look(self) -> None:
        """Stirs the streams when other replicas, or verbs of the command line, have written something."""
        seen = 0
        while self._streams and not self.ended:
            await asyncio.sleep(_OTHERS)
            with suppress(StoreError):  # the streams find that out for themselves
                seq = await self.read(newest)
                if seq != seen:
                    seen = seq
                    self._stir()

    def _committed(self, _: int) -> None:
        self._stir_all()

    def _stir_all(self) -> None:
        if self._streams and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and the streams with it
                self._loop.call_soon_threadsafe(self._stir)

    def _stir(self) -> None:
        for stream in self._streams:
            stream.stir()


class Stream:
    """One listener's stream. It reads what it tells when it is asked for it, so that a slow listener keeps
    nothing in memory but one batch, and where it is in the order of events is all there is to resume it."""

    def __init__(self, live: Live, tenant: str | None, after: int | None) -> None:
        self._live = live
        self._tenant = tenant
        self._after = after
        self._stirred = asyncio.Event()
        self._closed = False

    def stir(self) -> None:
        """Has it look; from its event loop."""
        self._stirred.set()

    def close(self) -> None:
        """Ends it; from its event loop, any number of times."""
        self._closed = True
        self._live.close(self)
        self.stir()

    async def said(self) -> AsyncIterator[Said]:
        """What there is to say, until `close` or the end of the receiver. Raises StoreError."""
        seq = await self._live.read(newest)
        if self._after is None or self._after > seq:  # a later event than there is was of another database
            async for alert in self._open_alerts():
                yield alert
            self._after = seq
        yield Ready(self._after)
        said = self._now()
        while not self._over:
            # Cleared first: what is committed from here on stirs it again.
            self._stirred.clear()
            seq, changes = await self._live.read(self._changes)
            for change in changes:
                yield change
            self._after = changes[-1].event.seq if len(changes) == _BATCH else seq
            if changes:
                said = self._now()
            if self._over or len(changes) == _BATCH:
                continue
            if self._now() - said >= HEARTBEAT:
                yield Heartbeat(self._after)
                said = self._now()
            await self._wait(HEARTBEAT - (self._now() - said))

    @property
    def _over(self) -> bool:
        return self._closed or self._live.ended

    async def _open_alerts(self) -> AsyncIterator[OpenAlert]:
        last: str | None = None

        def next_ones(store: Store) -> list[Episode]:
            return find_alerts(store, self._tenant, _OPEN, limit=_BATCH, after=last)

        while not self._over:
            some = await self._live.read(next_ones)
            for episode in some:
                yield OpenAlert(episode)
            if len(some) < _BATCH:
                return
            last = some[-1].id

    def _changes(self, store: Store) -> tuple[int, list[Change]]:
        # The newest first: an event that is committed between the two is told with the next look.
        seq = newest(store)
        found = find_events(
            store, self._tenant, EventQuery(), limit=_BATCH, after=self._after, oldest_first=True
        )
        alerts = find_some(store, {event.episode for event in found})
        seq = max(seq, found[-1].seq) if found else max(seq, self._after or 0)
        return seq, [Change(event, alerts.get(event.episode)) for event in found]

    async def _wait(self, longest: float) -> None:
        await asyncio.sleep(_BREATH)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), max(0.0, longest))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
