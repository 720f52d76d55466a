"""Waiting for something another process does, without sleeping longer than it takes."""

import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

__all__ = ["free_port", "wait_until"]

_PORTS: Final = range(20_000, 32_768)  # below those that Linux gives to connections


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
    one that is to come back at the same address is down.
    """
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
