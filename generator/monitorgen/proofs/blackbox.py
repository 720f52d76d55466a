"""blackbox_exporter as a function: what it says of its configuration."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitorgen.model.versions import Version
from monitorgen.promql.tokens import string_value
from monitorgen.proofs.complaints import by_line
from monitorgen.proofs.programs import run, version_of
from monitorgen.proofs.verdicts import Result

__all__ = ["Blackbox"]

_ERROR: Final = re.compile(r'\berr=("(?:\\.|[^"\\])*"|\S+)')


@dataclass(frozen=True, slots=True)
class Blackbox:
    """The blackbox_exporter at `path`."""

    path: Path

    def version(self) -> Version | None:
        """Its version, or None when it does not tell."""
        return version_of(self.path)

    def check_config(self, config: Path) -> Result:
        """`blackbox_exporter --config.check`. It does not look at the probers' names, nor at secret files."""
        done = run(self.path, "--config.check", f"--config.file={config}", together=True)
        if done.code == 0:
            return Result(True, done.output)
        errors = [string_value(text) if text[0] == '"' else text for text in _ERROR.findall(done.output)]
        return Result.failed(
            done.output,
            (
                finding
                for text in errors
                for finding in by_line(text.removeprefix("error parsing config file: "), str(config))
            ),
        )
