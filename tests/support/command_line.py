"""`monitorgen` called as a person calls it, within this process."""

from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from monitorgen.cli import cli

__all__ = ["monitorgen"]


def monitorgen(*arguments: str | Path, env: dict[str, str | None] | None = None) -> Result:
    """The result of one call: exit code, standard output, standard error. A bug in it is raised as it is."""
    return CliRunner().invoke(cli, _texts(arguments), prog_name="monitorgen", catch_exceptions=False, env=env)


def _texts(arguments: Sequence[str | Path]) -> list[str]:
    return [str(argument) for argument in arguments]
