"""Runners of an outbox that are killed by SIGKILL at a moment of the test's choice, each in its own process.

    python -m tests.support.outbox_killed

reads a job from each line of its input, as JSON, and answers each with a line: the exit code of the process
that did it, -9 where it was killed. It forks for each, which takes a fraction of the time that starting an
interpreter does. A job has `url`, `settings`, `lease`, and where to die: `at`, the name of a moment, or the
`nth` moment of them all. The process ends once nothing waits in the outbox any more, or `stop` exists.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from monitorgen.vocabulary.receiver import Receiver
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.log import AuditLog
from monitorgen_exporters.audit.store.postgres import PostgresStore
from monitorgen_exporters.audit.store.sqlite import SQLiteStore
from monitorgen_exporters.receiver.database import Database
from monitorgen_exporters.receiver.effects import doing, runner, steps
from monitorgen_exporters.receiver.effects.kind import Effect, EffectSettings, Outcome
from monitorgen_exporters.receiver.effects.registry import KINDS
from monitorgen_exporters.receiver.effects.runner import Runner, Timing
from monitorgen_exporters.receiver.following import following
from monitorgen_exporters.receiver.work import Recorder
from tests.support.audit_killed import Moments
from tests.support.waiting import wait_until

__all__ = ["MOMENTS", "Forks", "forks"]

_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER: orphans become our children

MOMENTS: Final = (
    "claim, not committed",
    "claim",
    "start, not committed",
    "start",
    "act",
    "finish, not committed",
    "finish",
)
"""The moments of an effect at which a runner can be killed: just after each of these."""


class Forks:
    """The program above, running; any number of jobs, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.outbox_killed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, job: dict[str, Any]) -> None:
        """Has a job done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()

    def result(self) -> int:
        """The exit code of the job that was begun, once it has ended."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def run(self, job: dict[str, Any]) -> int:
        """The exit code of a job."""
        self.begin(job)
        return self.result()

    def close(self) -> None:
        """Ends the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(120)
        self._process.stdout.close()


@contextmanager
def forks() -> Iterator[Forks]:
    """The program, for as long as the block lasts."""
    running = Forks()
    try:
        yield running
    finally:
        running.close()


def _die(moment: str, at: str) -> None:
    if moment == at:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch_steps(at: str) -> None:
    """Has the runner die just after the step that is called so."""
    committed: list[str] = []

    def dying(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **more: Any) -> Any:
            done = step(*arguments, **more)
            _die(f"{name}, not committed", at)
            committed.append(name)
            return done

        return watched

    runner.claim = dying("claim", runner.claim)  # type: ignore[attr-defined]
    steps.start = dying("start", steps.start)
    steps.finish = dying("finish", steps.finish)
    write = Database.write

    @contextmanager
    def watched_write(database: Database) -> Iterator[Any]:
        committed.clear()
        with write(database) as work:
            yield work
        for name in committed:
            _die(name, at)

    Database.write = watched_write  # type: ignore[method-assign, assignment]
    perform = doing.Doing._perform

    def watched_perform(self: Any, effect: Effect) -> Outcome:
        done = perform(self, effect)
        _die("act", at)
        return done

    doing.Doing._perform = watched_perform  # type: ignore[method-assign]


class _Watched:
    """A kind of effect with a moment before and after each attempt."""

    def __init__(self, kind: Any, moments: Moments) -> None:
        self._kind = kind
        self._moments = moments
        self.name: str = kind.name

    def perform(self, effect: Effect, settings: EffectSettings) -> Outcome:
        self._moments.pass_one()
        done: Outcome = self._kind.perform(effect, settings)
        self._moments.pass_one()
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)


def _run(job: dict[str, Any]) -> None:
    settings = Receiver.model_validate(job["settings"])
    kinds: Any = KINDS
    log = AuditLog.open(job["url"], background=False)
    database = Database(log, job["url"], Recorder(Filters()), following(settings))
    if at := job.get("at"):
        _watch_steps(at)
    if nth := job.get("nth"):
        moments = Moments(nth)
        moments.watch(SQLiteStore)
        moments.watch(PostgresStore)
        kinds = [_Watched(kind, moments) for kind in KINDS]
    timing = Timing(lease=job.get("lease", 60.0), poll=0.05, settle=0.0, first_pause=0.01)
    worker = Runner(database, settings, kinds, timing=timing)
    worker.start()
    stop = Path(job["stop"]) if "stop" in job else None
    while _waits(database) if stop is None else not stop.exists():
        time.sleep(0.02)
    worker.stop()
    database.close()


def _waits(database: Database) -> bool:
    with database.read() as store:
        return bool(
            store.query(
                "SELECT 1 FROM receiver_effect WHERE state IN ('planned', 'claimed', 'started') LIMIT 1"
            )
        )


def _forked(job: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _run(job)
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    # What it began may still be doing something. The next one is not to wait 15 s for that, as a real one is.
    wait_until(_is_childless, every=0.005)
    return code


def _is_childless() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    for line in sys.stdin:
        print(_forked(json.loads(line)), flush=True)
