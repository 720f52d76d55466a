"""`monitorgen receiver run`, killed by SIGKILL at the n-th moment of taking in deliveries.

    python -m tests.support.receiver_killed N receiver run WORDS...

Moments are: before each statement that writes, before and after each commit, before and after whoever waits
is told, and before and after the answer is sent. What else goes on meanwhile counts for nothing. Once all of
them have passed for the first time, it says ANSWERED to standard error.
"""

import sys
import threading
from collections.abc import Callable
from typing import Any

from monitorgen.cli import cli
from monitorgen_exporters.audit.store.postgres import PostgresStore
from monitorgen_exporters.audit.store.sqlite import SQLiteStore
from monitorgen_exporters.receiver import ingest
from monitorgen_exporters.receiver.web import answers
from tests.support.audit_killed import Moments

__all__ = ["ANSWERED", "Taking"]

ANSWERED = "the first delivery was answered"


class Taking(Moments):
    """The moments of the thread that writes deliveries, and of answers to them."""

    def pass_one(self) -> None:
        """A moment, where it is one of those."""
        if threading.current_thread().name == "ingest":
            super().pass_one()

    def answering(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """What sends an answer, between two moments where it is to a delivery that was kept."""

        async def watched(send: Any, status: int, body: bytes, **more: Any) -> None:
            kept = status == 200 and not body
            if kept:
                super(Taking, self).pass_one()
            await answer(send, status, body, **more)
            if kept:
                super(Taking, self).pass_one()
                print(ANSWERED, file=sys.stderr, flush=True)

        return watched


if __name__ == "__main__":
    moments = Taking(int(sys.argv[1]))
    moments.watch(SQLiteStore)
    moments.watch(PostgresStore)
    ingest._tell = moments.around(ingest._tell)
    answers.answer = moments.answering(answers.answer)
    cli(sys.argv[2:], prog_name="monitorgen")
