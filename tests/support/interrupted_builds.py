"""Builds stopped at every step they take on disk; run as a program, since its hook cannot be taken off.

`python -m tests.support.interrupted_builds HOW BASE`: copies BASE/old to BASE/1, BASE/2, ... and writes
the files of `NEW` to each, stopped at its first, second, ... step: HOW is `kill`, `fail` (that step alone
fails), `broken` (that step and all later ones fail) or `stuck` (only moves fail from then on). Ends after
the first build that was not stopped.
Prints what each build returned: `written`, `diagnostics` or `killed`.
"""

import errno
import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from monitorgen.outputs.manifest import Manifest
from monitorgen.outputs.tree import Written, write_tree

__all__ = ["FOREIGN", "NEW", "OLD", "OTHER", "as_manifest"]

OLD = {
    "prometheus.yml": b"old",
    "rules/same.yml": b"same",
    "rules/changed.yml": b"old rules",
    "rules/gone.yml": b"gone",
    "old/only/gone.yml": b"gone too",
}
NEW = {
    "prometheus.yml": b"new",
    "rules/same.yml": b"same",
    "rules/changed.yml": b"new rules",
    "rules/added.yml": b"added",
    "new/folder/added.yml": b"added too",
}
OTHER = {"prometheus.yml": b"other", "new/folder/added.yml": b"other", "rules/same.yml": b"same"}
FOREIGN = {"README.md": b"theirs", "rules/theirs.yml": b"theirs", "old/theirs.yml": b"theirs"}

_STEPS = frozenset(
    {"open", "os.mkdir", "os.rmdir", "os.rename", "os.remove", "os.link", "os.scandir", "os.listdir"}
)


def as_manifest(key: str) -> Manifest:
    """What the manifest of a build of `key` says beside the files."""
    return Manifest("0.1.0", key)


def main(how: str, base: Path) -> None:
    """See the module."""
    for number in count(1):
        tree = base / str(number)
        shutil.copytree(base / "old", tree)
        child = os.fork()
        if child == 0:
            stopped = _stop_at(number, how, str(tree))
            result = write_tree(tree, iter(NEW.items()), as_manifest("new"))
            os._exit((1 if isinstance(result, Written) else 2) + (4 if stopped else 0))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print({1: "written", 2: "diagnostics", -signal.SIGKILL: "killed"}[code & 3 if code > 0 else code])
        if code == 1:
            return


def _stop_at(number: int, how: str, tree: str) -> list[str]:
    """Arms the hook; what it returns is empty until a step was stopped."""
    stopped: list[str] = []
    seen = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event not in _STEPS or not str(arguments[0]).startswith(tree):
            return
        seen += 1
        if seen == number or (
            seen > number and (how == "broken" or (how == "stuck" and event == "os.rename"))
        ):
            stopped.append(event)
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(hook)
    return stopped


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
