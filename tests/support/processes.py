"""A server of ours on loopback: started, waited for, and ended with everything it started."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.support.waiting import free_port, wait_until

__all__ = ["RunningServer", "ServerFailedError", "run_server"]

_ATTEMPTS = 5  # another process may take the port between our asking and the server's binding it


class ServerFailedError(AssertionError):
    """A server ended before it was ready, or was not ready in time; the text ends with its log."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers at `url` (no trailing slash) and writes to `log_path`."""

    url: str
    log_path: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, **query: str) -> requests.Response:
        """The answer to GET `path`; raises for any status but a 2xx."""
        answer = requests.get(self.url + path, params=query, timeout=60)
        answer.raise_for_status()
        return answer

    def reload(self) -> None:
        """Has the server read its configuration again; raises when it refuses that."""
        requests.post(f"{self.url}/-/reload", timeout=120).raise_for_status()

    def log(self) -> str:
        """What the server has written so far."""
        return self.log_path.read_text(errors="replace")

    def stop(self) -> None:
        """Ends the server and whatever it started. A second call does nothing."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def run_server(
    command: Callable[[str], Sequence[str | Path]],
    *,
    log_path: Path,
    ready: str,
    timeout: float = 120,
    address: str = "",
    authority: Path | None = None,
) -> Iterator[RunningServer]:
    """A running server, ended when the block is left.

    `command` gives the command line for an address `127.0.0.1:PORT`, a free one unless `address` says which;
    the server is ready once GET `ready` answers 200. `authority` vouches for one that speaks TLS. Raises
    ServerFailedError when that does not come to be.
    When the block fails, the log is printed, so that pytest shows it with the failure.
    """
    server = _start(command, log_path, ready, timeout, address, authority)
    try:
        yield server
    except BaseException:
        print(f"--- {log_path.name} ---\n{server.log()}", file=sys.stderr)
        raise
    finally:
        server.stop()


def _start(
    command: Callable[[str], Sequence[str | Path]],
    log_path: Path,
    ready: str,
    timeout: float,
    wanted: str,
    authority: Path | None,
    attempts: int = _ATTEMPTS,
) -> RunningServer:
    address = wanted or f"127.0.0.1:{free_port()}"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command(address)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = RunningServer(f"{'https' if authority else 'http'}://{address}", log_path, process)
    try:
        wait_until(lambda: _ended(server) or _answers(server.url + ready, authority), timeout)
    except BaseException as problem:
        server.stop()
        raise ServerFailedError(f"{log_path.name}: {problem}\n{server.log()}") from problem
    if not _ended(server):
        return server
    if attempts > 1 and not wanted and "address already in use" in server.log():
        return _start(command, log_path, ready, timeout, wanted, authority, attempts - 1)
    raise ServerFailedError(f"{log_path.name}: exit code {process.returncode}\n{server.log()}")


def _ended(server: RunningServer) -> bool:
    return server.process.poll() is not None


def _answers(url: str, authority: Path | None) -> bool:
    try:
        return requests.get(url, timeout=30, verify=str(authority) if authority else True).ok
    except requests.RequestException:
        return False
