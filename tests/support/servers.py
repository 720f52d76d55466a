"""The real servers, in the generations that `scripts/servers` brought, for tests to ask and to run."""

import os
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from monitorgen.proofs.programs import FRUGAL
from tests.support.processes import RunningServer, run_server

__all__ = [
    "BINARIES",
    "GENERATIONS",
    "Generation",
    "generations",
    "run_alertmanager",
    "run_blackbox",
    "run_prometheus",
]

GENERATIONS = ("oldest", "newest")
BINARIES = ("prometheus", "promtool", "alertmanager", "amtool", "blackbox_exporter")

_SERVERS = Path(__file__).resolve().parents[2] / ".servers"


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of servers: `bin` holds every one of BINARIES, `versions` what each says of itself."""

    name: str
    bin: Path
    versions: dict[str, str]

    def promtool(self, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """What `promtool ARGUMENTS` said and how it ended."""
        return self._run("promtool", arguments, cwd)

    def amtool(self, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """What `amtool ARGUMENTS` said and how it ended."""
        return self._run("amtool", arguments, cwd)

    def blackbox_exporter(
        self, *arguments: str | Path, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What `blackbox_exporter ARGUMENTS` said and how it ended; for `--config.check`."""
        return self._run("blackbox_exporter", arguments, cwd)

    def _run(
        self, binary: str, arguments: Sequence[str | Path], cwd: Path | None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / binary, *arguments],
            cwd=cwd,
            env={**FRUGAL, **os.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )


def generations(root: Path = _SERVERS) -> list[Generation]:
    """The generations that are whole below `root`, the oldest first."""
    found = []
    for name in GENERATIONS:
        home = root / name
        if (home / "VERSIONS").is_file() and all((home / "bin" / binary).exists() for binary in BINARIES):
            lines = (home / "VERSIONS").read_text().splitlines()
            found.append(Generation(name, home / "bin", dict(line.split(" ", 1) for line in lines)))
    return found


def run_prometheus(
    generation: Generation,
    config_file: Path,
    *,
    storage: Path,
    arguments: Sequence[str] = (),
    address: str = "",
) -> AbstractContextManager[RunningServer]:
    """A Prometheus that has loaded `config_file`; its data and its log go into the folder `storage`.

    It takes `POST /-/reload`. `arguments` are further flags; it listens at a free port unless `address` says
    where.
    """
    return _run(
        generation,
        "prometheus",
        storage,
        "/-/ready",
        f"--config.file={config_file}",
        f"--storage.tsdb.path={storage / 'prometheus'}",
        "--web.enable-lifecycle",
        *arguments,
        address=address,
    )


def run_alertmanager(
    generation: Generation,
    config_file: Path,
    *,
    storage: Path,
    arguments: Sequence[str] = (),
    address: str = "",
) -> AbstractContextManager[RunningServer]:
    """An Alertmanager that has loaded `config_file` and gossips with nobody; log and data go to `storage`."""
    return _run(
        generation,
        "alertmanager",
        storage,
        "/-/ready",
        f"--config.file={config_file}",
        f"--storage.path={storage / 'alertmanager'}",
        "--cluster.listen-address=",
        *arguments,
        address=address,
    )


def run_blackbox(
    generation: Generation,
    config_file: Path,
    *,
    storage: Path,
    arguments: Sequence[str] = (),
    address: str = "",
) -> AbstractContextManager[RunningServer]:
    """A blackbox_exporter that has loaded `config_file`; its log goes into the folder `storage`."""
    return _run(
        generation,
        "blackbox_exporter",
        storage,
        "/-/healthy",
        f"--config.file={config_file}",
        *arguments,
        address=address,
    )


def _run(
    generation: Generation, binary: str, storage: Path, ready: str, *flags: str, address: str
) -> AbstractContextManager[RunningServer]:
    storage.mkdir(parents=True, exist_ok=True)
    return run_server(
        lambda taken: [generation.bin / binary, f"--web.listen-address={taken}", *flags],
        log_path=storage / f"{binary}.log",
        ready=ready,
        address=address,
    )
