"""`monitorgen audit report`: evidence for the controls of SOX, HIPAA, PCI DSS and GDPR."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from monitorgen_exporters.audit.cli import options
from monitorgen_exporters.audit.reports import FRAMEWORKS

__all__ = ["command"]


@click.command("report")
@click.argument("framework", type=click.Choice([each.key for each in FRAMEWORKS]))
@options.log_url
@options.config_file
@click.option(
    "--since", default="90d", show_default=True, metavar="TIME", help="The beginning of the period."
)
@click.option("--until", metavar="TIME", help="Its end. Without it, now.")
@click.option(
    "--verification",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What `verify --format json` printed: whether the log can be believed goes into the report.",
)
@options.output_format
def command(
    framework: str,
    log: str | None,
    config: Path | None,
    since: str,
    until: str | None,
    verification: Path | None,
    format_: str,
) -> None:
    """Report what the log holds for the controls of a framework that logging serves.

    For each control: its number, what evidence the log gives, how many records of a period there are, and
    what the log does not cover. The text is Markdown. It is evidence for an assessment, and no assessment.

    \b
    Examples:
      monitorgen audit report pci-dss --since 365d > pci-dss.md
      monitorgen audit report sox --since 2026-01-01 --until 2027-01-01 --verification verified.json
      monitorgen audit report gdpr --format json

    \b
    Exit codes:
      0   reported
      2   the command line is wrong
      4   the log or a file could not be read
    """
    from monitorgen_exporters.audit.cli.opening import open_readonly, settings_from
    from monitorgen_exporters.audit.reports.evidence import collect, read_verification
    from monitorgen_exporters.audit.reports.text import as_json, markdown
    from monitorgen_exporters.audit.search import BadTime, moment
    from monitorgen_exporters.audit.store.records import read_state

    settings, now = settings_from(config), datetime.now(UTC)
    try:
        begin, end = moment(since, now), moment(until, now) if until else moment("0s", now)
    except BadTime as fault:
        raise click.UsageError(str(fault)) from None
    if begin >= end:
        raise click.UsageError("the period ends before it begins")
    chosen = next(each for each in FRAMEWORKS if each.key == framework)
    with open_readonly(log, settings) as store, store.snapshot():
        said = read_verification(verification, read_state(store).origin) if verification else None
        report = collect(store, chosen, settings, begin, end, said)
    if format_ == "json":
        click.echo(json.dumps(as_json(report)))
    else:
        for line in markdown(report):
            click.echo(line)
