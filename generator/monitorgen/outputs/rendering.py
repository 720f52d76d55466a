"""Every file of a stack. Large stacks are rendered by several processes, which share out the items."""

import marshal
import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any, TypeAlias

from monitorgen.model.stack import Stack
from monitorgen.outputs.base import Output

__all__ = ["rendered"]

File: TypeAlias = tuple[str, bytes]

_SHARES = 128
"""Into how many shares the items are cut: enough for all processes to end at nearly the same time."""
_PIPE = 1 << 20
"""Bytes on their way from a helper: what Linux lets anybody ask for."""
_WORTH_A_PROCESS = 400
"""With fewer items, starting a process costs about as much as it saves."""


def rendered(outputs: Sequence[Output], stack: Stack, processes: int | None = None) -> Iterator[File]:
    """Every file of `outputs`, one at a time, in no particular order: path below the build folder, content.

    Of two `processes` or more, all but this one are forks of it; None for as many as there are processors
    and work for them. What a fork does not deliver, for whatever reason, is rendered here, so an exception
    is raised here too.
    """
    each = [output.each for output in outputs if output.each is not None]
    items = [
        (one, found, index) for one in each for found in [one.items(stack)] for index in range(len(found))
    ]
    if processes is None:
        processes = min(_processors(), len(items) // _WORTH_A_PROCESS + 1)
    work = _Work(stack, items)
    # Before the first file is asked for: whatever the caller opens or locks after this is his alone.
    helpers = _Helpers(work, processes - 1) if processes > 1 else None
    return _files(outputs, stack, work, helpers)


def _files(
    outputs: Sequence[Output], stack: Stack, work: "_Work", helpers: "_Helpers | None"
) -> Iterator[File]:
    try:
        for output in outputs:
            for path, text in output.whole(stack):
                yield path, text.encode()
        for item in helpers.own_items() if helpers else range(work.size):
            yield from work.files(item)
            if helpers:
                yield from helpers.delivered(wait=False)
        if helpers:
            yield from helpers.delivered(wait=True)
            for item in helpers.lost():
                yield from work.files(item)
    finally:
        if helpers:
            helpers.end()


class _Work:
    """The items of all outputs, by number."""

    def __init__(self, stack: Stack, items: Sequence[tuple[Any, Sequence[Any], int]]) -> None:
        self._stack = stack
        self._items = items
        self.size = len(items)

    def files(self, item: int) -> list[File]:
        """The files of one item."""
        each, found, index = self._items[item]
        return [(path, text.encode()) for path, text in each.render(self._stack, found[index])]

    def share(self, number: int) -> range:
        """The items of a share; all shares are alike."""
        return range(number, self.size, _SHARES)


class _Helpers:
    """Forks of this process that take shares from the same heap and send back the files.

    The heap is a pipe with one byte for every share: each byte is read by one process only. Forks are safe
    because the compiler has no threads, and a fork never returns: it ends when the heap is empty, or when
    nobody reads what it sends.
    """

    def __init__(self, work: _Work, count: int) -> None:
        self._work = work
        self._heap, fill = os.pipe()
        os.write(fill, bytes(range(_SHARES)))
        os.close(fill)
        self._pending = set(range(work.size))
        self._results: dict[int, IO[bytes]] = {}
        self._children: list[int] = []
        for _ in range(count):
            receive, send = os.pipe()
            _widen(send)
            child = os.fork()
            if child == 0:
                # A pipe breaks when its last reader goes: no helper may be one.
                for reader in (receive, *self._results):
                    os.close(reader)
                _help(work, self._heap, send)
            os.close(send)
            self._children.append(child)
            self._results[receive] = os.fdopen(receive, "rb", _PIPE)

    def own_items(self) -> Iterator[int]:
        """Items for this process, until the heap is empty; each counts as done."""
        while ticket := os.read(self._heap, 1):
            for item in self._work.share(ticket[0]):
                self._pending.discard(item)
                yield item

    def delivered(self, *, wait: bool) -> Iterator[File]:
        """The files that have come in; with `wait`, until every helper has ended."""
        while self._results:
            ready, _, _ = select.select(list(self._results), [], [], None if wait else 0)
            if not ready:
                return
            for descriptor in ready:
                try:
                    item, files = marshal.load(self._results[descriptor])  # noqa: S302 - from our own fork
                except (EOFError, ValueError, TypeError):  # it has ended, or was killed while it wrote
                    self._results.pop(descriptor).close()
                    continue
                self._pending.discard(item)
                yield from files

    def lost(self) -> list[int]:
        """The items that a helper took and did not deliver."""
        return sorted(self._pending)

    def end(self) -> None:
        """Waits for the helpers, which end as soon as nobody reads what they send."""
        for results in self._results.values():
            results.close()
        self._results.clear()
        os.close(self._heap)
        for child in self._children:
            os.waitpid(child, 0)


def _help(work: _Work, heap: int, send: int) -> None:
    """What a fork does: it renders shares, and never comes back."""
    try:
        with os.fdopen(send, "wb") as results:
            while ticket := os.read(heap, 1):
                for item in work.share(ticket[0]):
                    marshal.dump((item, work.files(item)), results)
                    results.flush()
    finally:
        os._exit(0)  # not through what the parent has yet to clean up


def _widen(pipe: int) -> None:
    """Has the pipe hold more, since a helper waits while it is full."""
    import fcntl  # where there are forks

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _processors() -> int:
    # Elsewhere, forks are missing (Windows) or not safe with the system's own libraries (macOS).
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
