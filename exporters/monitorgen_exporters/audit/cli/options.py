"""Options that the audit verbs share, and the endings they have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["Unreadable", "config_file", "log_url", "output_format", "trust_file"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Unreadable(click.ClickException):
    """What had to be read or written could not be: exit code 4."""

    exit_code = 4


def log_url(command: _Command) -> _Command:
    """`--log URL`, as the argument `log`; None when neither option nor environment gives it."""
    return click.option(
        "--log",
        envvar="MONITORGEN_AUDIT_LOG",
        show_envvar=True,
        metavar="URL",
        help="The log: a path, sqlite:///PATH or postgresql://... Without it, what --config says.",
    )(command)


def config_file(command: _Command) -> _Command:
    """`--config FILE`, as the argument `config`: the built audit/audit.yml, or None."""
    return click.option(
        "--config",
        envvar="MONITORGEN_AUDIT_CONFIG",
        show_envvar=True,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="The file audit/audit.yml of a built tree: log, keys, anchors, filters, retention.",
    )(command)


def trust_file(command: _Command) -> _Command:
    """`--trust FILE`, as the argument `trust`: whom to believe, or None."""
    return click.option(
        "--trust",
        envvar="MONITORGEN_AUDIT_TRUST",
        show_envvar=True,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="The trust file: which keys and witnesses to believe, kept outside the log.",
    )(command)


def output_format(command: _Command) -> _Command:
    """`--format text|json`, as the argument `format_`."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How to print the result: for people or for programs.",
    )(command)
