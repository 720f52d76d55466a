"""The YAML examples of the pages: whole specs as they stand, fragments beside what they leave out."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from monitorgen.cli.pipeline import Compiled, compile_all, read
from monitorgen.cli.rendering import rendered

__all__ = ["NOT_A_SPEC", "Example", "beside", "compiled"]

NOT_A_SPEC = "<!-- not a spec -->"
"""The line before a YAML block that is some other program's file."""

_HOOK = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}
_UP = {
    "condition": {"type": "threshold", "metric": "up", "operator": "below", "value": 1},
    "severity": "high",
    "description": "A target is down",
}


@dataclass(frozen=True, slots=True)
class Example:
    """An example, compiled: every environment, with its diagnostics and its files by path."""

    compiled: tuple[Compiled, ...]
    files: tuple[dict[str, str], ...]

    def faults(self) -> list[str]:
        """What is wrong with it, warnings too, in words."""
        return [f"{found.code} {found.message}" for one in self.compiled for found in one.diagnostics]


def beside(fragment: str) -> str:
    """A second spec file that makes a whole spec of `fragment`: only what that does not say itself.

    An organization, a channel `mail`, a team `payments` that uses every channel, and a service `checkout`
    of that team with an alert.
    """
    said = yaml.safe_load(fragment)
    spec: dict[str, Any] = {} if "organization" in said else {"organization": "acme"}
    services: dict[str, Any] = said.get("services", {})
    teams, channels = said.get("teams", {}), said.get("channels", {})
    if "teams" not in said:
        spec["teams"] = {"payments": {"notify": {"default": list(channels) or ["mail"]}}}
    used = {
        name
        for team in (teams or spec["teams"]).values()
        for each in team["notify"].values()
        for name in each
    }
    used |= set(said.get("routing", {}).get("default", []))
    missing = {name for name in used if name not in channels}
    for service in services.values():
        for alert in service.get("alerts", {}).values():
            missing |= {name for name in alert.get("channels", []) if name not in channels}
    if missing:
        spec["channels"] = dict.fromkeys(sorted(missing), _HOOK)
    team = next(iter(teams or spec["teams"]))
    spec["services"] = {
        name: {"team": team} for name, service in services.items() if "team" not in service
    } or {}
    if not services:
        spec["services"] = {"checkout": {"team": team, "alerts": {"target_down": _UP}}}
    return yaml.safe_dump({key: value for key, value in spec.items() if value}, sort_keys=False)


def compiled(text: str) -> Example:
    """The example as `monitorgen build --all-environments` would see it."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "spec")
        spec.mkdir()
        (spec / "example.yaml").write_text(text)
        if rest := beside(text).replace("{}\n", ""):
            (spec / "beside.yaml").write_text(rest)
        every = tuple(compile_all(read([spec])))
        files = tuple(
            {path: content.decode() for path, content in rendered(one)} if not one.failed() else {}
            for one in every
        )
    return Example(every, files)
