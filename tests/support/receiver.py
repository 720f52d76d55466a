"""A receiver of our own to test: its settings in a folder, and the running program."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from monitorgen_exporters.audit.keyfile import generate
from tests.support.processes import RunningServer, run_server

__all__ = ["PROGRAM", "run_receiver", "write_settings"]

PROGRAM = (sys.executable, "-m", "monitorgen")
"""monitorgen of this interpreter."""


def write_settings(
    folder: Path,
    *,
    token: str = "s3cret",  # noqa: S107 - of the test alone
    log: str | None = None,
    **receiver: Any,
) -> Path:
    """Writes `receiver.yml` and everything it refers to into a folder; the path of the settings.

    The only source is `eu1`, and shows `token`; `receiver` are further settings, or others in their place.
    `log` is the URL of the database, which is a file in the folder otherwise.
    """
    if not (folder / "audit.key").exists():
        generate(folder / "audit.key", "acme/audit/monitoring")
    (folder / "eu1.token").write_text(token)
    settings: dict[str, Any] = {
        "organization": "acme",
        "listen": "127.0.0.1:9393",
        "sources": {"eu1": {"token": {"file": str(folder / "eu1.token")}}},
        "audit": {
            "log": log or str(folder / "receiver.db"),
            "key": {"file": str(folder / "audit.key")},
            "guard": str(folder / "guard" / "guard"),
        },
        **receiver,
    }
    (folder / "guard").mkdir(exist_ok=True)
    path = folder / "receiver.yml"
    path.write_text(yaml.safe_dump(settings))
    return path


@contextmanager
def run_receiver(settings: Path, *, address: str = "") -> Iterator[RunningServer]:
    """`monitorgen receiver run`, ready; ended with SIGTERM."""
    with run_server(
        lambda address: [*PROGRAM, "receiver", "run", "--config", settings, "--listen", address],
        log_path=settings.with_name("receiver.log"),
        ready="/readyz",
        address=address,
    ) as server:
        yield server
