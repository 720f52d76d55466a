"""The process between the receiver and one command: `python -I -S -B supervisor.py`, started by process.py.

It imports nothing but the standard library, has one thread, and so may do between fork and exec what a
program with many threads may not. The request is one line of JSON on standard input. That input then stays
open, and its end means that the receiver is gone. The answer is lines of JSON: first the command's process,
which says so itself before exec, so that no program ever runs that the receiver does not know of; then how it
ended, or why it could not be started.

Being a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), it inherits every process whose parent ends, also one in
a session of its own, so that whatever the command left behind is found below it in /proc and ended.
"""

import contextlib
import ctypes
import errno
import json
import os
import pwd
import resource
import select
import signal
import stat
import subprocess
import sys
import time
from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["main"]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PRCTL: Final = ctypes.CDLL(None).prctl
_PIECE: Final = 1 << 16
_LEFT_TO_READ: Final = 1 << 21  # twice what a pipe can hold for an unprivileged user


@dataclass(slots=True)
class _Stream:
    """The start and the end of what came through a pipe; the rest is read and thrown away."""

    descriptor: int
    keep: int
    first: bytearray = field(default_factory=bytearray)
    last: bytearray = field(default_factory=bytearray)
    size: int = 0
    ended: bool = False

    def take(self) -> int:
        """Reads what there is, up to a piece; how many bytes that was."""
        try:
            piece = os.read(self.descriptor, _PIECE)
        except BlockingIOError:
            return 0
        if not piece:
            self.ended = True
            return 0
        self.size += len(piece)
        room = self.keep - len(self.first)
        self.first += piece[:room]
        self.last += piece[room:]
        del self.last[: max(0, len(self.last) - self.keep)]
        return len(piece)

    def drain(self) -> None:
        """Reads what is left in the pipe; a process that writes on for ever cannot hold this up."""
        left = _LEFT_TO_READ
        while left > 0 and not self.ended and (taken := self.take()):
            left -= taken

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {"first": _text(self.first), "last": _text(self.last), "size": self.size}


class _Supervised:
    """A command under way."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._status: int | None = None
        self._began = time.monotonic()
        self._ended = self._began
        self._alone = False
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        child = _start(request)
        self.pid: Final = child.pid
        # Popen is no longer asked: whoever ends below this process is waited for in one place.
        assert child.stdout is not None
        assert child.stderr is not None
        self._streams = [_Stream(child.stdout.fileno(), request["keep"])]
        self._streams.append(_Stream(child.stderr.fileno(), request["keep"]))
        self._child = child
        for stream in self._streams:
            os.set_blocking(stream.descriptor, False)

    def report(self) -> dict[str, Any]:
        """How it ended, once it has, with everything it started."""
        cut_off = self._watch()
        if not cut_off:
            self._linger()
        left = 0 if cut_off else len(_below())
        survivors = self._end_all()
        if self._status is None:
            self._ended = time.monotonic()
        for stream in self._streams:
            stream.drain()
        code = None if self._status is None else os.waitstatus_to_exitcode(self._status)
        return {
            "code": code,
            "cut_off": cut_off,
            "seconds": self._ended - self._began,
            "left": left,
            "survivors": survivors,
            "stdout": self._streams[0].report(),
            "stderr": self._streams[1].report(),
        }

    def _watch(self) -> str:
        """Waits for the command itself; the reason if it had to be told to end."""
        until = self._began + self._request["timeout"]
        cut_off = ""
        while self._reap() and self._status is None:
            if (left := until - time.monotonic()) <= 0:
                if cut_off:
                    break
                cut_off = "timeout"
            elif self._wait(left) and not cut_off:
                cut_off = "abandoned"
            else:
                continue
            _signal_all(_below(), signal.SIGTERM)
            until = time.monotonic() + self._request["grace"]
        return cut_off

    def _linger(self) -> None:
        """Lets what the command left running come to its end, if that is near."""
        until = time.monotonic() + self._request["last_words"]
        while self._reap() and (left := until - time.monotonic()) > 0:
            self._wait(left)

    def _wait(self, seconds: float) -> bool:
        """Reads what comes until something ends or the time is over; whether the receiver is gone."""
        poll = select.poll()
        streams = {stream.descriptor: stream for stream in self._streams if not stream.ended}
        for descriptor in (self._wake, *streams):
            poll.register(descriptor, select.POLLIN)
        if not self._alone:
            poll.register(0, 0)  # only its end is of interest, which is always told
        for descriptor, _events in poll.poll(seconds * 1000 + 1):
            if descriptor == 0:
                self._alone = True
                return True
            if descriptor == self._wake:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, _PIECE)
            else:
                streams[descriptor].take()
        return False

    def _reap(self) -> bool:
        """Takes notice of everything that has ended; whether there is still a process below this one."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            if pid == self.pid:
                self._status, self._ended = status, time.monotonic()

    def _end_all(self) -> int:
        """Kills everything below this process; how many would not die."""
        until = time.monotonic() + self._request["killing"]
        while self._reap():
            alive = _below()
            if time.monotonic() > until:
                return max(1, len(alive))
            _signal_all(alive, signal.SIGKILL)
            time.sleep(0.01)
        return 0


def _start(request: dict[str, Any]) -> subprocess.Popen[bytes]:
    answer = os.dup(1)
    return subprocess.Popen(
        request["argv"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=request["environment"],
        cwd=request["folder"],
        start_new_session=True,
        umask=0o022,
        preexec_fn=lambda: _before(request, answer),
        **_as_user(request["user"]),
    )


def _as_user(name: str | None) -> dict[str, Any]:
    """What makes Popen change the user."""
    if name is None:
        return {}
    user = pwd.getpwnam(name)
    if user.pw_uid == os.geteuid():
        return {}
    groups = os.getgrouplist(name, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups}


def _before(request: dict[str, Any], answer: int) -> None:
    """The last step before exec, as the user that the command is run as; of a dry run the last of all."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, request["cpu"]),  # SIGXCPU, and a second later SIGKILL
        # Of the address space much is only reserved, by Go and Java for one; this counts what can be written.
        (resource.RLIMIT_DATA, request["memory"]),
        (resource.RLIMIT_NOFILE, request["files"]),
    ):
        _soft, hard = resource.getrlimit(kind)
        last = most + 1 if kind == resource.RLIMIT_CPU else most
        last = last if hard == resource.RLIM_INFINITY else min(last, hard)
        resource.setrlimit(kind, (min(most, last), last))
    # Whatever the receiver was started with (`nohup` ignores SIGHUP) is not the command's affair.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    # Should the supervisor be killed, the command ends with it.
    _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.write(answer, b'{"pid": %d}\n' % os.getpid())
    if request["dry_run"]:
        os._exit(_would_run(request["argv"][0]))


def _would_run(program: str) -> int:
    """Zero, or the number of the error that exec would end with, as far as that can be known."""
    try:
        mode = os.stat(program).st_mode  # noqa: PTH116 - pathlib is not imported, to start sooner
    except OSError as problem:
        return problem.errno or errno.EIO
    return 0 if stat.S_ISREG(mode) and os.access(program, os.X_OK) else errno.EACCES


def _below() -> dict[int, int]:
    """The living processes below this one, with the group of each."""
    parents: dict[int, list[int]] = {}
    groups: dict[int, int] = {}
    for pid, state, parent, group in _processes():
        parents.setdefault(parent, []).append(pid)
        if state not in ("Z", "X"):
            groups[pid] = group
    found: dict[int, int] = {}
    open_ = [os.getpid()]
    while open_:
        for pid in parents.pop(open_.pop(), ()):
            open_.append(pid)
            if pid in groups:
                found[pid] = groups[pid]
    return found


def _processes() -> Iterator[tuple[int, str, int, int]]:
    """Every process that can be seen: its number, state, parent and group (proc_pid_stat(5))."""
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123
                    # The name before it is in brackets and may hold anything, brackets included.
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            yield int(entry), fields[0].decode(), int(fields[1]), int(fields[2])


def _signal_all(alive: dict[int, int], number: int) -> None:
    """Signals whole groups: the kernel then lets no member of one start another process in between."""
    for group in set(alive.values()) - {os.getpgrp()}:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _text(data: bytes | bytearray) -> str:
    return b2a_base64(data, newline=False).decode()


def _say(answer: dict[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _refusal(problem: Exception, request: dict[str, Any]) -> str:
    """Why the command was not started, for people."""
    if isinstance(problem, KeyError):
        return f"there is no user `{request['user']}`"
    if not isinstance(problem, OSError):
        return str(problem)
    what = os.strerror(problem.errno or errno.EIO)
    if problem.filename == request["argv"][0]:
        return f"`{problem.filename}` cannot be run: {what}"
    if problem.filename == request["folder"]:
        return f"the folder `{problem.filename}` cannot be entered: {what}"
    if request["user"] is not None:
        return f"it cannot be run as the user `{request['user']}`: {what}"
    return f"no process can be started: {what}"


def main() -> None:
    """Runs the command of the request on standard input."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    request = json.loads(sys.stdin.buffer.readline())
    if _PRCTL(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        _say({"refused": "this system cannot make a process the reaper of what a command leaves behind"})
        return
    try:
        supervised = _Supervised(request)
    except (OSError, KeyError, ValueError, subprocess.SubprocessError) as problem:
        _say({"refused": _refusal(problem, request)})
        return
    _say(supervised.report())


if __name__ == "__main__":
    main()
    os._exit(0)  # without a last flush, which nobody may be there to take
