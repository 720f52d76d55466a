"""Who has an effect: a process that can be known to be dead by any other of the same machine.

A lease says that an owner is to be believed alive until then. Where more is known there is no need to wait
for its end: a receiver that was killed and is started again goes on at once with what it had.
"""

import os
import re
import socket
from functools import cache
from pathlib import Path

from monitorgen_exporters.audit.stamps import uuid7

__all__ = ["is_dead", "new_owner"]

_KNOWN = re.compile(r"([0-9a-f-]+:pid:\[\d+\]):(\d+):(\d+)/")


def new_owner() -> str:
    """A name of this process that was never given before."""
    pid = os.getpid()
    namespace, started = _namespace(), _started(pid)
    if namespace is None or started is None:
        return f"{socket.gethostname()}:{pid}/{uuid7()}"
    return f"{namespace}:{pid}:{started}/{uuid7()}"


def is_dead(owner: str) -> bool:
    """Whether the process of that name has certainly ended; False where that cannot be known from here."""
    found = _KNOWN.match(owner)
    if found is None or found[1] != _namespace():
        return False
    return _started(int(found[2])) != found[3]


@cache
def _namespace() -> str | None:
    """Where a process id means the same process: this boot of this machine, and a pid_namespaces(7).

    None where that cannot be told, or where other processes may be hidden (`hidepid` in proc(5)): what is not
    seen there may be alive.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink()
        seen = Path("/proc/self").readlink()
    except OSError:
        return None
    return f"{boot}:{namespace}" if str(seen) == str(os.getpid()) and _started(1) else None


def _started(pid: int) -> str | None:
    """When a process began, in clock ticks (proc_pid_stat(5)); None where there is none, or a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
