"""Checks on their way to a real blackbox_exporter, and what it says."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from pydantic import TypeAdapter

from monitorgen.model import names
from monitorgen.model.scraping import ProbeModule
from monitorgen.outputs.blackbox import OUTPUT
from monitorgen.vocabulary.checks import AnyCheck
from monitorgen.vocabulary.checks.base import Check
from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_blackbox
from tests.support.stacks import stack

__all__ = ["Prober", "check", "prober"]

_CHECKS: TypeAdapter[Check] = TypeAdapter(AnyCheck)


def check(fields: Mapping[str, Any]) -> Check:
    """A check, from the fields a spec would give."""
    return _CHECKS.validate_python(dict(fields))


def _module(made: Check) -> ProbeModule:
    _, kind, body = made.probing()
    whole = {"prober": kind, **body}
    return ProbeModule(names.probe_module(made.type, whole), whole)


@dataclass(frozen=True, slots=True)
class Prober:
    """A running blackbox_exporter that knows the modules of some checks."""

    server: RunningServer

    def succeeds(self, made: Check, timeout: float = 20.0) -> bool:
        """Whether one probe succeeds, with the scrape timeout that Prometheus would send along."""
        query = {"target": made.probing().target, "module": _module(made).name}
        told = {"X-Prometheus-Scrape-Timeout-Seconds": str(timeout)}
        answer = requests.get(f"{self.server.url}/probe", params=query, headers=told, timeout=60)
        answer.raise_for_status()
        found = re.search(r"^probe_success ([01])$", answer.text, re.MULTILINE)
        assert found, answer.text
        return found[1] == "1"


@contextmanager
def prober(generation: Generation, folder: Path, checks: Iterable[Check]) -> Iterator[Prober]:
    """A prober with the modules of `checks`, as a build would write them into blackbox.yml."""
    modules = {module.name: module for module in map(_module, checks)}
    ((path, text),) = OUTPUT.render(stack(probe_modules=tuple(modules.values())))
    config = folder / path
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(text)
    checked = generation.blackbox_exporter("--config.check", f"--config.file={config}")
    assert checked.returncode == 0, checked.stderr
    with run_blackbox(generation, config, storage=folder / "blackbox-run") as server:
        yield Prober(server)
