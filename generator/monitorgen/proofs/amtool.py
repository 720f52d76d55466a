"""amtool as functions: what it says of a configuration, and which receivers an alert gets.

It never looks at the secret files a configuration names, so nothing has to stand in for those (seen with
0.25 and 0.33). The forms of its output are those of cli/check_config.go and cli/test_routing.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitorgen.model.versions import Version
from monitorgen.proofs.complaints import by_line, trimmed
from monitorgen.proofs.programs import run, version_of
from monitorgen.proofs.verdicts import Finding, Result

__all__ = ["Amtool"]

_FAILED: Final = re.compile(r"  FAILED: (.*?)(?=\n\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Amtool:
    """The amtool at `path`."""

    path: Path

    def version(self) -> Version | None:
        """Its version, or None when it does not tell."""
        return version_of(self.path)

    def check_config(self, config: Path) -> Result:
        """`amtool check-config`: the configuration, its receivers, and the templates it names."""
        done = run(self.path, "check-config", config, together=True)
        if done.code == 0:
            return Result(True, done.output)
        findings = (
            finding
            for complaint in _FAILED.findall(done.output)
            for finding in by_line(complaint, str(config))
        )
        return Result.failed(done.output, findings)

    def receivers(self, config: Path, labels: Mapping[str, str]) -> str | Finding:
        """`amtool config routes test`: the receivers, in order and with commas between, that get an alert."""
        texts = [f"{name}={_quoted(value)}" for name, value in labels.items()]
        done = run(self.path, "config", "routes", "test", f"--config.file={config}", *texts)
        if done.code == 0:
            return done.output.strip()
        errors = [line for line in done.errors.splitlines() if line and not line.startswith("Warning: ")]
        said = trimmed("\n".join(errors)).removeprefix("amtool: error: ")
        return Finding(said or f"amtool ended with exit code {done.code}", str(config))


def _quoted(value: str) -> str:
    # Only these three escapes mean the same to its old and its new parser.
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
