"""The checkout the tests stand in, as git sees it."""

import subprocess
from pathlib import Path

__all__ = ["TOP", "checkout_files"]

TOP = Path(__file__).resolve().parents[2]
"""The top of the checkout."""


def checkout_files() -> list[Path]:
    """Every file that is tracked, or new and not ignored; relative to TOP, sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = (Path(name) for name in listing.split("\0") if name)
    return sorted(name for name in names if (TOP / name).is_file())
