"""The program git, run in one bare repository: it asks nobody, and speaks English, as we read some of it."""

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from monitorgen_exporters.audit.anchors.base import AnchorError

__all__ = ["Git", "locked"]

# A hook or a wrapper that calls us may have these set for a repository of its own.
_OF_A_REPOSITORY: Final = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
)


@dataclass(frozen=True, slots=True)
class Git:
    """The program git in one bare repository. It asks nobody, and speaks English, as we read some of it."""

    folder: Path
    place: str
    timeout: float

    @classmethod
    def created(cls, folder: Path, place: str, timeout: float) -> Self:
        """The repository in `folder`, made if need be, or mended if a killed process was making it."""
        git = cls(folder, place, timeout)
        git.run("init", "--quiet", "--bare")
        return git

    def ask(self, *arguments: str, input_: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What `git ARGUMENTS` said and how it ended."""
        environment = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
        settings = {
            "user.name": "monitorgen audit",
            "user.email": "monitorgen-audit@localhost",
            "commit.gpgSign": "false",
            "core.hooksPath": os.devnull,
            "gc.autoDetach": "false",
            "core.fsync": "committed,reference",
            "protocol.ext.allow": "never",
        }
        command = [
            "git",
            *(part for key in settings for part in ("-c", f"{key}={settings[key]}")),
            *arguments,
        ]
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env={
                    **environment,
                    "GIT_DIR": str(self.folder.absolute()),
                    "GIT_TERMINAL_PROMPT": "0",
                    "LC_ALL": "C",
                },
                input=input_,
                capture_output=True,
                check=False,
                timeout=self.timeout,
            )
        except FileNotFoundError:
            raise AnchorError(f"{self.place}: the program git is not installed") from None
        except subprocess.TimeoutExpired:
            raise AnchorError(f"{self.place}: git {arguments[0]} took over {self.timeout:g} s") from None
        except OSError as problem:
            raise AnchorError(
                f"{self.place}: git cannot run in {self.folder}: {problem.strerror}"
            ) from problem

    def run(self, *arguments: str, input_: bytes = b"") -> bytes:
        """What `git ARGUMENTS` printed. Raises AnchorError when it fails."""
        done = self.ask(*arguments, input_=input_)
        if done.returncode:
            raise self.failed(arguments[0], done)
        return done.stdout

    def failed(self, verb: str, done: subprocess.CompletedProcess[bytes]) -> AnchorError:
        """The error for a call that failed, with the last thing git said."""
        lines = (done.stderr.strip() or done.stdout.strip()).decode("utf-8", "replace").splitlines()
        return AnchorError(f"{self.place}: git {verb} failed: {' '.join(lines[-3:])[:300]}")

    def blobs(self, wanted: Sequence[str], limit: int = 2**20) -> dict[str, bytes]:
        """The content of each of these blobs that is no longer than `limit` bytes."""
        if not wanted:
            return {}
        lines = "".join(f"{blob}\n" for blob in dict.fromkeys(wanted)).encode()
        sizes = (line.split() for line in self.run("cat-file", "--batch-check", input_=lines).splitlines())
        small = [fields[0] for fields in sizes if len(fields) == 3 and int(fields[2]) <= limit]
        data = self.run("cat-file", "--batch", input_=b"".join(blob + b"\n" for blob in small))
        found, position = {}, 0
        for blob in small:
            head_end = data.index(b"\n", position)
            size = int(data[position:head_end].split()[2])
            found[blob.decode()] = data[head_end + 1 : head_end + 1 + size]
            position = head_end + 1 + size + 1
        return found


@contextmanager
def locked(folder: Path, place: str, timeout: float) -> Iterator[None]:
    """Has the folder to itself while the block lasts; waits `timeout` seconds for that, then AnchorError.

    As nobody else is at work in it then, locks of git that are there were left by a process that was killed,
    and are removed: git itself would wait for them for ever.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "monitorgen.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise AnchorError(f"{place}: cannot use the clone {folder}: {problem.strerror}") from problem
    try:
        _wait_for(descriptor, f"{place}: another process is at work in {folder}", timeout)
        for left in (*folder.glob("*.lock"), *folder.glob("refs/**/*.lock")):
            if left.name != "monitorgen.lock":
                left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, otherwise: str, timeout: float) -> None:
    until = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise AnchorError(otherwise) from None
            time.sleep(0.05)
