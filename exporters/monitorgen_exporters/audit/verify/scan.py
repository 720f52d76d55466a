"""The whole log, chunk by chunk, in as many processes as there are processors; memory stays flat."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from monitorgen_exporters.audit.store import open_store
from monitorgen_exporters.audit.store.base import Store
from monitorgen_exporters.audit.store.errors import Gone
from monitorgen_exporters.audit.verify.chunk import CHUNK, Chunk, Job, verify_chunk

__all__ = ["Progress", "chunks", "processes_for"]

Progress = Callable[[int, int], None]
"""Told how many records are done, and of how many."""

_SMALL = 4 * CHUNK
"""A log of so few records is verified before other processes have started."""


def processes_for(size: int) -> int:
    """How many processes are worth their start for a log of `size` records."""
    if size <= _SMALL:
        return 1
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, -(-size // CHUNK))


def chunks(
    url: str, job: Job, size: int, sizes: Iterable[int], processes: int, progress: Progress
) -> Iterator[Chunk]:
    """Every chunk of the first `size` records, in order; `sizes` are the tree sizes to know the hashes of.

    The log must not be open in this process: an open SQLite database does not survive a fork. Raises
    StoreError.
    """
    ordered = sorted(sizes)
    tasks = (
        (start, min(start + CHUNK, size), _between(ordered, start, min(start + CHUNK, size)))
        for start in range(0, size, CHUNK)
    )
    found = _here(url, job, tasks) if processes == 1 else _in_processes(url, job, tasks, processes)
    progress(0, size)
    for chunk in found:
        yield chunk
        progress(chunk.end, size)


_Task = tuple[int, int, list[int]]


def _between(ordered: list[int], start: int, end: int) -> list[int]:
    return sorted(set(ordered[bisect_right(ordered, start) : bisect_right(ordered, end)]))


def _here(url: str, job: Job, tasks: Iterable[_Task]) -> Iterator[Chunk]:
    with open_store(url, readonly=True) as store:
        for task in tasks:
            yield verify_chunk(store, job, *task)


def _in_processes(url: str, job: Job, tasks: Iterable[_Task], processes: int) -> Iterator[Chunk]:
    waiting: deque[Future[Chunk]] = deque()
    pool = ProcessPoolExecutor(processes, _context(), initializer=_begin, initargs=(url, job))
    try:
        for task in tasks:
            waiting.append(pool.submit(_one, task))
            # So few are under way that a slow reader does not pile up what quick workers found.
            if len(waiting) >= 3 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as problem:
        raise Gone(
            "A process of the verifier was ended from outside, perhaps for want of memory."
        ) from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    """Forking is quick, and safe as long as no other thread may hold a lock at that moment."""
    alone = threading.active_count() == 1
    return multiprocessing.get_context("fork" if alone and sys.platform == "linux" else "spawn")


_job: tuple[str, Job] | None = None
_store: Store | None = None


def _begin(url: str, job: Job) -> None:
    """Sets up a worker process. An interrupt is for the process that started it."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # parsed records hold no circles, and looking for some takes a twentieth of the time
    _job = url, job


def _one(task: _Task) -> Chunk:
    global _store
    assert _job is not None
    url, job = _job
    if _store is None:  # not in `_begin`, whose errors would not reach the process that waits
        _store = open_store(url, readonly=True)
    return verify_chunk(_store, job, *task)
