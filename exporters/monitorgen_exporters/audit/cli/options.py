"""Options that the audit verbs share, and the endings they have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from monitorgen_exporters.verbs import Unreadable

__all__ = ["Unreadable", "config_file", "log_url", "output_format", "query", "trust_file", "who"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False, readable=False)
"""Whether it can be read is seen when it is: what cannot be is no fault of the command line."""


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
        type=_FILE,
        metavar="FILE",
        help="The file audit/audit.yml of a built tree: log, keys, anchors, filters, retention.",
    )(command)


def trust_file(command: _Command) -> _Command:
    """`--trust FILE`, as the argument `trust`: whom to believe, or None."""
    return click.option(
        "--trust",
        envvar="MONITORGEN_AUDIT_TRUST",
        show_envvar=True,
        type=_FILE,
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


def query(command: _Command) -> _Command:
    """The options that choose records, as `types`, `actors`, `subjects`, `incidents`, `min_severity`,
    `since` and `until`.
    """
    for decorate in (
        click.option("--until", metavar="TIME", help="Only records before this moment."),
        click.option(
            "--since", metavar="TIME", help="Only records from this moment on, or of the last `7d`."
        ),
        click.option(
            "--min-severity", metavar="SEVERITY", help="Only records of this severity and of those above it."
        ),
        click.option(
            "--incident", "incidents", multiple=True, metavar="ID", help="Only records of this incident."
        ),
        click.option(
            "--subject",
            "subjects",
            multiple=True,
            metavar="SUBJECT",
            help="Only records about this, such as `alert:HighErrorRate`, or about any `alert`.",
        ),
        click.option(
            "--actor",
            "actors",
            multiple=True,
            metavar="ACTOR",
            help="Only records of who did it, such as `user:ann`, or of any `user`.",
        ),
        click.option(
            "--type",
            "types",
            multiple=True,
            metavar="TYPE",
            help="Only records of this type, such as `alert.firing`, or of the category `alert`.",
        ),
    ):
        command = decorate(command)
    return command


def who(command: _Command) -> _Command:
    """`--operator NAME`, as the argument `who`: who answers for what the verb does, or None."""
    return click.option(
        "--operator",
        "who",
        metavar="NAME",
        help="Who answers for this; it goes into the log. Without it, the user of this process.",
    )(command)
