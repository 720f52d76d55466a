"""A PostgreSQL of the tests' own: a cluster in a temporary folder, reached through a socket in it.

The server refuses to run as root, so that root has it run as somebody without rights.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.support.checkout import TOP
from tests.support.waiting import wait_until

__all__ = ["Cluster", "find_postgres", "run_postgres"]

_FETCHED = TOP / ".servers" / "postgresql"


@dataclass(slots=True)
class Cluster:
    """A running cluster; `folder` holds its socket, its data and its log."""

    folder: Path
    bin: Path
    process: subprocess.Popen[bytes]
    databases: int = 0

    def url(self, database: str, **parameters: str) -> str:
        """The URL of a database, by which its owner, who may do everything, connects."""
        asked = "".join(f"&{name}={value}" for name, value in parameters.items())
        return f"postgresql:///{database}?host={self.folder}&user=owner{asked}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        self.databases += 1
        name = f"test{self.databases}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def copy_of(self, url: str) -> str:
        """The URL of a new database that holds what the one at `url` does, once nobody is connected to it."""
        name, copied = urlsplit(url).path[1:], f"test{self.databases + 1}"
        self.databases += 1
        wait_until(lambda: (name,) not in self.run("SELECT datname FROM pg_stat_activity"))
        self.run(f"CREATE DATABASE {copied} TEMPLATE {name}")
        return self.url(copied)

    def run(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """What a statement of the owner gives, in a session of its own."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def log(self) -> str:
        """What the server has written so far."""
        return (self.folder / "log").read_text(errors="replace")

    def crash(self) -> None:
        """Ends every process of the server at once, as a power cut would."""
        self.process.send_signal(signal.SIGQUIT)  # immediate shutdown, without a checkpoint
        self.process.wait(60)

    def start(self) -> None:
        """Starts a server that was ended, and waits for it to be ready."""
        self.process = _start(self.bin, self.folder)


def find_postgres() -> Path | None:
    """The folder with `initdb` and `postgres`: what `scripts/postgresql` brought, or what is installed."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    for folder in [_FETCHED / "bin", *installed, *([Path(on_path).resolve().parent] if on_path else [])]:
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            return folder
    return None


@contextmanager
def run_postgres(found: Path, *, durable: bool = False) -> Iterator[Cluster]:
    """A cluster with nothing in it, run by the binaries in the folder `found`; gone when the block ends.

    Unless it is to be `durable`, it does not flush to the disk: it withstands a crash of its processes, and
    not one of the machine, which is nothing a test can bring about.
    """
    with tempfile.TemporaryDirectory(prefix="monitorgen-pg-") as made:
        folder = Path(made)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
            folder.chmod(0o755)
            found = _reachable(found, folder)
        made_so = ["--username=owner", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        _run([found / "initdb", "--pgdata", folder / "data", *made_so])
        with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"fsync = {'on' if durable else 'off'}\n")
        cluster = Cluster(folder, found, _start(found, folder))
        try:
            yield cluster
        finally:
            if cluster.process.poll() is None:
                cluster.crash()


def _start(found: Path, folder: Path) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "60",
        "jit": "off",
        "timezone": "GMT",
        "log_timezone": "GMT",
        "restart_after_crash": "off",
    }
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*_as_nobody(), found / "postgres", "-D", folder / "data", *flags],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
        )
    server = Cluster(folder, found, process)
    wait_until(lambda: process.poll() is not None or _answers(server))
    assert process.poll() is None, f"PostgreSQL ended:\n{server.log()}"
    return process


def _answers(server: Cluster) -> bool:
    try:
        server.run("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run([*_as_nobody(), *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


def _as_nobody() -> list[str]:
    """What stands before a command of the server's, so that it does not run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []


def _reachable(found: Path, folder: Path) -> Path:
    """The folder of binaries itself, or of their copy where an account without rights cannot run them."""
    command = [*_as_nobody(), str(found / "postgres"), "--version"]
    if subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0:
        return found
    assert found == _FETCHED / "bin", f"{found}/postgres cannot be run by the account nobody"
    shutil.copytree(_FETCHED, folder / "server", symlinks=True)
    return folder / "server" / "bin"
