"""How many connections may be open: each takes one of the files that the system lets a process have open."""

import logging
import resource
from contextlib import suppress
from typing import Final

__all__ = ["connections_that_fit"]

_logger = logging.getLogger(__name__)

_OTHERS: Final = 256  # files of everything else: database, secrets, what effects open


def connections_that_fit(wanted: int) -> int:
    """How many connections may be open so that files are left for everything else, at most `wanted`.

    Raises the process's limit as far as it may, and warns where that is not enough.
    """
    limit = _raised(wanted + _OTHERS)
    fit = min(wanted, limit - min(_OTHERS, limit // 2))
    if fit < wanted:
        _logger.warning(
            "only %d of %d connections (`receiver.limits.connections`) fit: the system lets this process "
            "have %d files open. Say `LimitNOFILE=%d` to systemd, or `ulimit -n %d`",
            fit,
            wanted,
            limit,
            wanted + _OTHERS,
            wanted + _OTHERS,
        )
    return fit


def _raised(needed: int) -> int:
    """The limit of open files, at most `needed`, once it was raised to that as far as possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return needed
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        return allowed
    return soft
