"""`monitorgen receiver run` in a world that a test makes worse and better by files in a folder.

    python -m tests.support.receiver_troubled FOLDER receiver run WORDS...

* `full`: while it is there, SQLite may not make its file larger than it is, and says that the disk is full;
* `slow`: a commit takes as many seconds longer as it says;
* `clock`: the clock shows as many seconds more than the machine's; negative ones are less.

A database that another process holds is waited for two seconds, so that no test has to wait for thirty.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitorgen.cli import cli
from monitorgen_exporters.audit.store.sqlite import SQLiteStore

__all__ = ["said", "trouble"]

_UNBOUNDED = 1_073_741_823
_PATIENCE = 2.0


def said(folder: Path, what: str) -> float:
    """The number in a file, or 0 where there is none."""
    try:
        return float((folder / what).read_text())
    except (FileNotFoundError, ValueError):
        return 0.0


def trouble(folder: Path) -> None:
    """Makes this process's world as the files in the folder say, from now on."""
    transaction = SQLiteStore.transaction

    @contextmanager
    def troubled(store: SQLiteStore) -> Iterator[None]:
        ((pages,),) = store.query("PRAGMA page_count")
        store.query(f"PRAGMA max_page_count = {pages if (folder / 'full').exists() else _UNBOUNDED}")
        with transaction(store):
            yield
            if seconds := said(folder, "slow"):
                time.sleep(seconds)

    SQLiteStore.transaction = troubled  # type: ignore[method-assign, assignment]
    SQLiteStore.__init__.__kwdefaults__ = {"wait": _PATIENCE}
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + said(folder, "clock")
    time.time_ns = lambda: real_ns() + int(said(folder, "clock") * 1e9)


if __name__ == "__main__":
    trouble(Path(sys.argv[1]))
    cli(sys.argv[2:], prog_name="monitorgen")
