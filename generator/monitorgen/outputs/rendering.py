"""Every file of a stack. Large stacks are rendered by several processes, which share out the items."""

import marshal
import os
import select
from collections.abc import Iterator, Sequence
from typing import IO, Any, TypeAlias

from monitorgen.model.stack import Stack
from monitorgen.outputs.base import Output
from monitorgen.outputs.forks import Fork, processors

__all__ = ["rendered"]

File: TypeAlias = tuple[str, bytes]

_SHARES = 128
"""Into how many shares the items are cut: enough for all processes to end at nearly the same time."""
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
        processes = min(processors(), len(items) // _WORTH_A_PROCESS + 1)
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
    """Forks that take shares from the same heap: a pipe with a byte for every share, each read only once."""

    def __init__(self, work: _Work, count: int) -> None:
        self._work = work
        self._heap, fill = os.pipe()
        os.write(fill, bytes(range(_SHARES)))
        os.close(fill)
        self._pending = set(range(work.size))
        self._forks = [Fork(self._help) for _ in range(count)]

    def own_items(self) -> Iterator[int]:
        """Items for this process, until the heap is empty; each counts as done."""
        for item in self._taken():
            self._pending.discard(item)
            yield item

    def delivered(self, *, wait: bool) -> Iterator[File]:
        """The files that have come in; with `wait`, until every helper has ended."""
        while self._forks:
            ready, _, _ = select.select([fork.results for fork in self._forks], [], [], None if wait else 0)
            if not ready:
                return
            for fork in [fork for fork in self._forks if fork.results in ready]:
                try:
                    item, files = marshal.load(fork.results)  # noqa: S302 - from our own fork
                except (EOFError, ValueError, TypeError):  # it has ended, or was killed while it wrote
                    self._forks.remove(fork)
                    fork.end()
                    continue
                self._pending.discard(item)
                yield from files

    def lost(self) -> list[int]:
        """The items that a helper took and did not deliver."""
        return sorted(self._pending)

    def end(self) -> None:
        """Waits for the helpers that are left."""
        for fork in self._forks:
            fork.end()
        self._forks.clear()
        os.close(self._heap)

    def _taken(self) -> Iterator[int]:
        while ticket := os.read(self._heap, 1):
            yield from self._work.share(ticket[0])

    def _help(self, results: IO[bytes]) -> None:
        for item in self._taken():
            marshal.dump((item, self._work.files(item)), results)
            results.flush()
