"""What verbs that serve have in common: an address, and an end by signal."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

__all__ = ["address", "until_told"]


def address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, with brackets around an IPv6 address; ends the verb for anything else."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise click.UsageError(f"`{text}` is no address: say HOST:PORT, such as 127.0.0.1:8980")
    return host, int(port)


@contextmanager
def until_told() -> Iterator[Callable[[], object]]:
    """Gives a function that waits for SIGTERM or SIGINT; the log goes to standard error meanwhile."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    told = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield told.wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
