"""`monitorgen audit WORDS`, killed by SIGKILL at the n-th moment at which something is about to be kept.

    python -m tests.support.audit_killed N WORDS...

Moments are: before each statement that writes, before and after each commit, and before and after a file gets
its name. With fewer than N of them the verb ends as it does for a person.
"""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from monitorgen.cli import cli
from monitorgen_exporters.audit import retention
from monitorgen_exporters.audit.store.postgres import PostgresStore
from monitorgen_exporters.audit.store.sqlite import SQLiteStore

__all__ = ["Moments"]

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|CREATE|VACUUM)\b").match


class Moments:
    """Counts them, and ends the process at the one asked for."""

    def __init__(self, last: int) -> None:
        self._left = last

    def pass_one(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, kind: Any) -> None:
        """Has a kind of store pass them."""
        execute, insert, transaction = kind.execute, kind.insert, kind.transaction

        def watched_execute(store: Any, sql: str, parameters: Any = ()) -> int:
            if _WRITES(sql):
                self.pass_one()
            changed: int = execute(store, sql, parameters)
            return changed

        def watched_insert(store: Any, table: str, rows: Any) -> None:
            self.pass_one()
            insert(store, table, rows)

        @contextmanager
        def watched_transaction(store: Any) -> Iterator[None]:
            with transaction(store):
                yield
                self.pass_one()
            self.pass_one()

        kind.execute, kind.insert, kind.transaction = watched_execute, watched_insert, watched_transaction

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """What does the work between two moments."""

        def watched(*arguments: Any) -> Any:
            self.pass_one()
            done = work(*arguments)
            self.pass_one()
            return done

        return watched


if __name__ == "__main__":
    moments = Moments(int(sys.argv[1]))
    moments.watch(SQLiteStore)
    moments.watch(PostgresStore)
    Path.replace = moments.around(Path.replace)  # type: ignore[method-assign]
    retention._BATCH = 200  # so that a small log is pruned in several transactions
    cli(sys.argv[2:], prog_name="monitorgen")
