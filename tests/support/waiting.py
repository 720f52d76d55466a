"""Waiting for something another process does, without sleeping longer than it takes."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from typing import Final

__all__ = ["free_port", "wait_until"]

_PORTS: Final = range(20_000, 32_768)  # below those that Linux gives to connections


def _ports_of_worker() -> list[int]:
    """Those that no other worker of this run asks for, from any of them on: there may be another run."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = _PORTS[worker :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    first = secrets.randbelow(len(own))
    return [*own[first:], *own[:first]]


_next_port = cycle(_ports_of_worker())


def wait_until(predicate: Callable[[], object], timeout: float = 120, *, every: float = 0.05) -> None:
    """Returns once `predicate()` is true; asked every `every` seconds.

    Raises AssertionError after `timeout` seconds, with the predicate's last value.
    """
    deadline = time.monotonic() + timeout
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {timeout} s, last value {value!r}")
        time.sleep(every)


def free_port() -> int:
    """A TCP port of the loopback address that was free a moment ago, and that no client is given.

    A port of those that the kernel hands out for connections may be gone before a server binds it, or while
    one that is to come back at the same address is down; and so may one that another test was told.
    """
    for port in _next_port:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("cycle() has no end")
