"""Runs a program and ends everything it started: no shell, nothing inherited, bounded in every way.

A supervisor (supervisor.py) stands between this process and the program, one for each run. It makes a
session of its own for the program, sets its limits, changes the user, and when the program has ended, or
its time is over, or this process is gone, it ends whatever is left: also what made a session of its own
(`setsid`, daemons), because it inherits the processes whose parents have ended.

What it cannot end: a process of another user, such as what `sudo` runs when the receiver is not root; one
that waits in the kernel for a disk or a file server; and what another service was asked to start
(`systemctl start`, `docker run`, `at`, cron). The first two are counted in `Ended.survivors`; the last are
nobody's children here, so a program that is to start a service asks the service manager. Limits hold for
each process of a run by itself, not for their sum, and shared memory is not counted; cgroups of the
receiver's own service bound that.
"""

import os
import select
import signal
import subprocess
import sys
import time
from binascii import a2b_base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

__all__ = ["GRACE", "Command", "Ended", "LostError", "Output", "StartError", "longest", "run"]

GRACE: Final = 5.0
"""Seconds between SIGTERM and SIGKILL."""

_SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")
_MARGIN: Final = 30.0  # for starting and for reading what is left, on a machine that has much else to do
_KILLING: Final = 5.0  # how long a process is waited for that was sent SIGKILL
_FILES: Final = 256
# `exec > >(tee log)` in a script: bash does not wait for such a process, which has the last words in hand.
_LAST_WORDS: Final = 1.0


class StartError(Exception):
    """The program was not started, so nothing has happened; the text says why."""


class LostError(Exception):
    """The supervisor was killed, and the program with it: nobody knows how far it had come."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, and within which bounds."""

    argv: tuple[str, ...]
    """The program by its absolute path, and its arguments."""
    timeout: float
    """Seconds until it is told to end."""
    environment: Mapping[str, str]
    """The whole of its environment."""
    cpu: int
    """Seconds of CPU time that each of its processes may use (RLIMIT_CPU)."""
    memory: int
    """Bytes of private memory that each of its processes may have (RLIMIT_DATA)."""
    keep: int
    """Bytes that are kept of the start, and as many of the end, of each of its two outputs."""
    folder: str = "/"
    """Where it runs."""
    user: str | None = None
    """The user it runs as, with that user's groups; None: as this process. To change it takes root."""
    dry_run: bool = False
    """Whether all is done but the exec; in its place it is seen whether the program can be run."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program wrote: the first bytes, the last bytes, and how many there were in all.

    With `size == len(first) + len(last)` nothing is missing between the two.
    """

    first: bytes
    last: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    exit_code: int | None
    """None when a signal ended it, or it would not end."""
    signal: int | None
    cut_off: bool
    """Whether it was told to end, as its time was over."""
    seconds: float
    """How long the program itself ran."""
    left_running: int
    """How many processes it had left behind, which were then ended."""
    survivors: int
    """How many could not be ended."""
    stdout: Output
    stderr: Output


def longest(timeout: float) -> float:
    """The most seconds that `run` takes for a command with this timeout."""
    return timeout + GRACE + _KILLING + _LAST_WORDS + _MARGIN


def run(command: Command) -> Ended:
    """Runs the command to its end; of a dry run, `exit_code` 0 says that it would have been started.

    May be called by many threads at once. Raises StartError, of a dry run too, and LostError.
    """
    request = _request(command)
    try:
        supervisor = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(_SUPERVISOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as problem:
        raise StartError(f"no process can be started: {problem.strerror}") from problem
    with supervisor:
        assert supervisor.stdin is not None
        assert supervisor.stdout is not None
        answer = b""
        try:
            with suppress(BrokenPipeError):  # it has ended, and its output says why
                _write(supervisor.stdin.fileno(), request)
            answer = _read(supervisor.stdout.fileno(), time.monotonic() + longest(command.timeout))
        finally:
            supervisor.kill()
            supervisor.wait()
    return _understood(answer.splitlines(), command)


def _request(command: Command) -> bytes:
    bounds = {"cpu": command.cpu, "memory": command.memory, "files": _FILES, "keep": command.keep}
    times = {"timeout": command.timeout, "grace": GRACE, "killing": _KILLING, "last_words": _LAST_WORDS}
    request = {
        "argv": command.argv,
        "environment": dict(command.environment),
        "folder": command.folder,
        "user": command.user,
        "dry_run": command.dry_run,
        **bounds,
        **times,
    }
    try:
        return orjson.dumps(request, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        raise StartError("an argument or the environment has half a character in it") from None


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _read(descriptor: int, until: float) -> bytes:
    """What the supervisor says, to its end; what there was of it if that is too late."""
    parts: list[bytes] = []
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while (left := until - time.monotonic()) > 0:
        if poll.poll(left * 1000 + 1):
            if not (part := os.read(descriptor, 1 << 16)):
                break
            parts.append(part)
    return b"".join(parts)


def _understood(lines: list[bytes], command: Command) -> Ended:
    """What the supervisor said; kills what it may have left behind if it did not come to the end of it."""
    answer: dict[str, Any] = {}
    for line in lines:
        answer |= _json(line)
    if "refused" in answer:
        raise StartError(answer["refused"])
    if "pid" not in answer:
        said = b" ".join(lines[-3:]).decode("utf-8", "replace")[-300:]
        raise StartError(
            f"the supervisor ended before it began: {said}" if said else "the supervisor was killed"
        )
    if "code" not in answer:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(answer["pid"], signal.SIGKILL)
        raise LostError("the supervisor was killed while the program ran, and the program with it")
    code = answer["code"]
    if command.dry_run and code:
        raise StartError(f"`{command.argv[0]}` cannot be run: {os.strerror(code)}")
    return Ended(
        exit_code=code if code is not None and code >= 0 else None,
        signal=-code if code is not None and code < 0 else None,
        cut_off=answer["cut_off"] == "timeout",
        seconds=answer["seconds"],
        left_running=answer["left"],
        survivors=answer["survivors"],
        stdout=_output(answer["stdout"]),
        stderr=_output(answer["stderr"]),
    )


def _json(line: bytes) -> dict[str, Any]:
    """The object on the line; nothing where it was cut off, or is a message of the interpreter's."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _output(said: dict[str, Any]) -> Output:
    return Output(a2b_base64(said["first"]), a2b_base64(said["last"]), said["size"])
