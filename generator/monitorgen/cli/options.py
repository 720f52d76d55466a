"""Options and arguments that several verbs share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["as_of", "default_spec", "diagnostic_format", "environment", "spec_paths", "strict"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def default_spec() -> tuple[Path, ...]:
    """`spec/` or `monitorgen.yaml`, whichever is there."""
    for name in ("spec", "monitorgen.yaml", "monitorgen.yml"):
        if Path(name).exists():
            return (Path(name),)
    raise click.UsageError("give the spec's file or folder (there is no spec/ or monitorgen.yaml here)")


def _paths(_context: click.Context, _parameter: click.Parameter, value: tuple[Path, ...]) -> tuple[Path, ...]:
    return value or default_spec()


def spec_paths(command: _Command) -> _Command:
    """The argument SPEC...: files or folders, `spec/` or `monitorgen.yaml` when there is none."""
    return click.argument("spec", nargs=-1, type=click.Path(path_type=Path), callback=_paths)(command)


def _environments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The overlays of the spec on the command line so far, or of the one that is there."""
    del parameter
    from monitorgen.source.tree import load
    from monitorgen.spec.environments import environments

    # The option has no value yet, so click has not got to the arguments and leaves them as they are.
    root = load([Path(word) for word in context.args] or context.params.get("spec") or ()).root
    names = environments(root) if root is not None else ()
    return [name for name in names if name.startswith(incomplete)]


def environment(command: _Command) -> _Command:
    """`--environment NAME`: which overlay of `environments:` to lay on."""
    return click.option(
        "-e",
        "--environment",
        default="",
        metavar="NAME",
        shell_complete=_environments,
        help="Lay on this overlay of `environments:`. Without it, the spec's own environment.",
    )(command)


def strict(command: _Command) -> _Command:
    """`--strict`: warnings stop a build too."""
    return click.option("--strict", is_flag=True, help="Treat warnings as errors.")(command)


def diagnostic_format(command: _Command) -> _Command:
    """`--format`: how diagnostics are shown."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["text", "json", "sarif", "github"]),
        default="text",
        show_default=True,
        help="How to print what is wrong: for people, programs, code scanning, or GitHub annotations.",
    )(command)


def as_of(command: _Command) -> _Command:
    """`--as-of DATE`: the day that dates in the spec are compared with."""
    return click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="YYYY-MM-DD",
        help="Compare expiry dates in the spec with this day. Without it, nothing has expired: "
        "the same spec always gives the same result.",
    )(command)
