"""Locks and connections belong to the process that took them, not to the children it forks.

A child that is forked without `exec` gets all open files of its parent, and what the kernel or a server holds
for them lasts until the last copy is closed: the child of a sequencer would keep the log's lock after its
parent has died, without ever adding a record. So each child lets go of its copies at once.
"""

import os
from contextlib import suppress

__all__ = ["keep_from_children", "release"]

_kept: dict[int, tuple[int, int]] = {}
"""Descriptors, each with what it was open on: numbers are given anew once something closed them."""


def keep_from_children(descriptor: int) -> int:
    """The same descriptor; a child that is forked from now on has it closed, until `release`."""
    _kept[descriptor] = _identity(descriptor)
    return descriptor


def release(descriptor: int) -> None:
    """Forgets a descriptor, before it is closed."""
    _kept.pop(descriptor, None)


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def _let_go() -> None:
    if not _kept:
        return
    # The number stays taken, by something without a lock: objects that the child has of its parent may still
    # close it, and must not close what the child has opened since.
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for descriptor, identity in _kept.items():
        with suppress(OSError):
            if _identity(descriptor) == identity:
                os.dup2(nothing, descriptor, inheritable=False)
    os.close(nothing)
    _kept.clear()


os.register_at_fork(after_in_child=_let_go)
