"""Waiting for something another process does, without sleeping longer than it takes."""

import socket
import time
from collections.abc import Callable

__all__ = ["free_port", "wait_until"]


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
    """A TCP port of the loopback address that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
