"""`monitorgen route`: who is told of an alert, and which lines of the spec made it so."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from monitorgen.cli import options

__all__ = ["command"]

_EPILOG = """
\b
Examples:
  monitorgen route severity=critical team=payments
  monitorgen route alertname=high_error_rate          this alert, and where it goes
  monitorgen route service=checkout -e staging        in another environment
  monitorgen route                                    every alert of the spec
  monitorgen route team=payments --format json | jq '.deliveries[].receiver'

Exit codes: 0 somebody is told; 1 nobody is, or the spec has errors.
"""

_LABEL = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|==|=)\s*(.*)", re.DOTALL)


@click.command("route", epilog=_EPILOG)
@click.argument("labels", nargs=-1, metavar="[LABEL=VALUE]...")
@click.option(
    "--spec",
    "specs",
    multiple=True,
    metavar="SPEC",
    type=click.Path(path_type=Path),
    help="A file or folder of the spec; may be given again. Without it, spec/ or monitorgen.yaml.",
)
@options.environment
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the answer: for people, or for programs.",
)
def command(labels: tuple[str, ...], specs: tuple[Path, ...], environment: str, format_: str) -> None:
    """Say who is told of an alert with these labels, and why.

    Walks the routes that the spec compiles to, as Alertmanager will: which receiver gets the alert, by
    which routes, how it is grouped and repeated, and the lines of the spec that say so. Labels that all
    alerts of the spec with the given ones share are filled in. Where others are missing and make the
    alerts go different ways, the alerts come first, each with the receiver that it really goes to, and
    then the way of an alert without the missing labels.
    """
    asked = _parsed(labels)

    from monitorgen.cli.colours import colours
    from monitorgen.cli.pipeline import compile_spec, read
    from monitorgen.cli.reporting import report

    compiled = compile_spec(read(specs or options.default_spec()), environment)
    if compiled.failed() or compiled.spec is None or compiled.plan is None or compiled.stack is None:
        report([compiled], "text")
        sys.exit(1)

    from monitorgen.review.route import routed
    from monitorgen.review.route_formats import route_json, route_text

    found = routed(asked, compiled.spec, compiled.plan, compiled.stack.routing)
    if format_ == "json":
        click.echo(route_json(found, compiled.sources), nl=False)
    else:
        click.echo(route_text(found, compiled.sources, colours(sys.stdout)), nl=False, color=True)
    if found.alerts_differ():
        return  # A spec with an alert that reaches nobody has errors.
    if asked and not found.undecided and not any(delivery.channels for delivery in found.deliveries):
        sys.exit(1)


def _parsed(texts: Sequence[str]) -> dict[str, str]:
    """The labels; a usage error for what is no label of one alert."""
    labels: dict[str, str] = {}
    for text in texts:
        found = _LABEL.fullmatch(text.strip())
        if found is None:
            raise click.UsageError(f"`{text}` is no label: write NAME=VALUE, such as severity=critical")
        name, operator, value = found.groups()
        if operator != "=":
            raise click.UsageError(
                f"`{text}` is a matcher, and an alert has labels: write {name}=VALUE with the value it has"
            )
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if re.search(r",\s*\w+=", value):
            raise click.UsageError(f"`{text}` holds several labels: separate them by blanks, not commas")
        if labels.get(name, value) != value:
            raise click.UsageError(f"`{name}` is given twice, as {labels[name]} and as {value}")
        labels[name] = value
    return labels
