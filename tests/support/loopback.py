"""Addresses of the loopback network, for what has to have a port that everybody knows."""

import os

__all__ = ["own_host"]


def own_host() -> str:
    """An address that is this process's alone on this machine, so that nobody else has taken a port of it."""
    number = os.getpid()
    return f"127.{number % 253 + 1}.{number // 253 % 256}.{number // (253 * 256) % 253 + 1}"
