"""The end of a run that made a great deal: nothing of it is taken apart."""

import os
import sys
from typing import NoReturn

__all__ = ["is_quick", "keep", "leave"]

_kept: list[object] = []


def keep(*made: object) -> None:
    """Holds what a verb has made until the program ends, and lets go of what was held before.

    Freeing a million objects one by one takes a twentieth of a build, and the system takes the memory back
    at once.
    """
    _kept[:] = made


def is_quick() -> bool:
    """Whether there is something that ending in the ordinary way would take apart."""
    return bool(_kept)


def leave(code: int) -> NoReturn:
    """Ends the program with all that was printed; raises OSError when that cannot be written."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
