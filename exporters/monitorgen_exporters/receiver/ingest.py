"""The way in: posts that come at the same time share a transaction, and are answered once it is on disk."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from monitorgen_exporters.audit.store import StoreError
from monitorgen_exporters.receiver.applying import Applied, apply
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.payload import BadPayload
from monitorgen_exporters.receiver.post import Post, read_post

__all__ = ["Answer", "Delivery", "Ingest", "Verdict"]

_logger = logging.getLogger(__name__)

Verdict: TypeAlias = Literal["kept", "refused"] | BadPayload
"""Kept: on the disk, with all that follows. Refused: not now, so the sender has to send it again. Or why it
can never be read, which sending it again does not change."""

Answer = Callable[[Verdict], None]
"""Called once for each delivery: from the thread that writes, or from the one that brought it."""

Watcher = Callable[[Applied, float], None]
"""Told what deliveries were found to be, and the seconds it took to write them."""

_TOGETHER = 2000
"""Alerts from which a transaction takes no further delivery: others wait while it is written."""

_READ_BYTES, _READ = 32 << 20, 500
"""Bytes of bodies, and bodies, that are read for one transaction at most, whatever comes of them."""

_MOST_BYTES = 256 << 20
"""Bodies that wait; what comes beyond that is refused, which Alertmanager answers by sending it again."""

_RECENT = 15.0
"""Seconds for which a refusal tells how things are: whoever balances loads may send us nothing meanwhile."""


class Delivery(NamedTuple):
    """A body as it came, and whose it is by the credential it came with."""

    source: str
    tenant: str
    body: bytes


class Ingest:
    """Takes deliveries from any thread, from `start` to `stop`; its own thread reads and writes them.

    Reading is done there and not where they come in, because two threads that both compute take the
    interpreter from each other, which costs more than the time that one of them waits for the disk.
    """

    def __init__(self, database: Database, watch: Watcher = lambda *_: None) -> None:
        self._database = database
        self._watch = watch
        self._queue: deque[tuple[Delivery, Answer]] = deque()
        self._bytes = 0
        self._ending = False
        self._refused: tuple[float, str] | None = None
        self._said = 0.0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, once everything that was taken has its answer; what comes after that is refused."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether what is taken is written, too."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Deliveries that wait to be read and written."""
        return len(self._queue)

    @property
    def trouble(self) -> str:
        """Why the newest deliveries were refused, where that was a short while ago; `''` otherwise."""
        refused = self._refused
        return refused[1] if refused and time.monotonic() - refused[0] < _RECENT else ""

    def take(self, delivery: Delivery, answer: Answer) -> None:
        """Has a delivery written; `answer` is called with what became of it, perhaps before this returns."""
        size = len(delivery.body)
        with self._changed:
            # One delivery is taken however long it is, or it would never be.
            full = self._ending or (bool(self._queue) and self._bytes + size > _MOST_BYTES)
            if not full:
                self._queue.append((delivery, answer))
                self._bytes += size
                self._changed.notify()
        if full:
            answer("refused")

    def _run(self) -> None:
        while self._wait():
            some = self._read()
            if some:
                self._write(some)

    def _wait(self) -> bool:
        """Whether there is more to write, once there is or there will be none."""
        with self._changed:
            while not self._queue and not self._ending:
                self._changed.wait()
            return bool(self._queue)

    def _read(self) -> list[tuple[Post, Answer]]:
        """What goes into the next transaction; what cannot be read has its answer.

        What comes in meanwhile goes into it, too, which saves a commit; but not without end.
        """
        some: list[tuple[Post, Answer]] = []
        alerts = size = 0
        for _ in range(_READ):
            if not self._queue or alerts >= _TOGETHER or size >= _READ_BYTES:
                break
            delivery, answer = self._queue.popleft()
            size += len(delivery.body)
            with self._changed:
                self._bytes -= len(delivery.body)
            try:
                post = read_post(*delivery)
            except BadPayload as problem:
                _logger.warning("a delivery of source %s cannot be read: %s", delivery.source, problem)
                _tell(answer, problem)
            except Exception:
                _logger.exception("a delivery of source %s was refused: reading it failed", delivery.source)
                _tell(answer, "refused")
            else:
                some.append((post, answer))
                alerts += len(post.alerts)
        return some

    def _write(self, some: list[tuple[Post, Answer]]) -> None:
        verdict: Verdict = "refused"
        began = time.perf_counter()
        try:
            with self._database.write() as work:
                applied = apply(work, [post for post, _ in some])
            verdict = "kept"
            self._recovered()
            self._watch(applied, time.perf_counter() - began)
        except StoreError as problem:
            self._trouble(str(problem))
        except Exception:
            if len(some) > 1:  # what one of them has is not to keep the others out
                for each in some:
                    self._write([each])
                return
            _logger.exception("a delivery could not be applied: it was refused")
        for _, answer in some:
            _tell(answer, verdict)

    def _trouble(self, why: str) -> None:
        """Keeps why deliveries are refused, and says so: once in a while, as Alertmanager asks many times."""
        now = time.monotonic()
        if self._refused is None or self._refused[1] != why or now - self._said >= _RECENT:
            self._said = now
            _logger.error("deliveries refused, Alertmanager will send them again: %s", why)
        self._refused = now, why

    def _recovered(self) -> None:
        if self._refused is not None:
            self._refused = None
            _logger.info("deliveries are kept again")


def _tell(answer: Answer, verdict: Verdict) -> None:
    try:
        answer(verdict)
    except Exception:  # whoever waited is gone; the others are not to go without
        _logger.debug("an answer could not be given", exc_info=True)
