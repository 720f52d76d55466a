"""`monitorgen audit search`: records by what they say, and what belongs together."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.search import Query

__all__ = ["command"]


@click.command("search")
@options.log_url
@options.config_file
@options.query
@click.option("--text", default="", help="Only records that hold this text, letter for letter.")
@click.option(
    "--group-by",
    type=click.Choice(["incident", "actor"]),
    help="Instead of records: what belongs together, by incident or by actor.",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="At most so many; 0: all.",
)
@options.output_format
def command(
    log: str | None,
    config: Path | None,
    types: tuple[str, ...],
    actors: tuple[str, ...],
    subjects: tuple[str, ...],
    incidents: tuple[str, ...],
    min_severity: str | None,
    since: str | None,
    until: str | None,
    text: str,
    group_by: Literal["incident", "actor"] | None,
    limit: int,
    format_: str,
) -> None:
    """Find records by type, actor, subject, incident, severity, time or text.

    Everything that is said has to hold; an option that is given twice takes either. What is
    printed is in the log's order, and with --limit the end of it. A search shows what the log says; that
    nobody has changed it is for `monitorgen audit verify`.

    \b
    Examples:
      monitorgen audit search --since 1d                      the last day
      monitorgen audit search --type silence --actor user:ann
      monitorgen audit search --incident INC-42               everything of one incident
      monitorgen audit search --group-by actor --since 7d     who did how much of what
      monitorgen audit search --min-severity high --format json

    \b
    Exit codes:
      0   found
      1   nothing fits
      2   the command line is wrong
      4   the log could not be read
    """
    from monitorgen_exporters.audit.cli.opening import open_readonly, settings_from
    from monitorgen_exporters.audit.cli.showing import as_json, group_json, group_line, line
    from monitorgen_exporters.audit.search import correlate, find

    settings = settings_from(config)
    query = query_of(settings, types, actors, subjects, incidents, min_severity, since, until, text)
    if group_by and text:
        raise click.UsageError("--text looks into records, so it cannot be had with --group-by")
    found_any, more = False, False
    with open_readonly(log, settings) as store, store.snapshot():
        if group_by:
            for group in correlate(store, query, group_by, limit=limit):
                found_any = True
                click.echo(
                    json.dumps(group_json(group_by, group)) if format_ == "json" else group_line(group)
                )
        else:
            newest = list(find(store, query, limit=limit + 1)) if limit else None
            more = newest is not None and len(newest) > limit
            shown = reversed(newest[:limit]) if newest is not None else find(store, query, oldest_first=True)
            for found in shown:
                found_any = True
                click.echo(json.dumps(as_json(found)) if format_ == "json" else line(found))
    if more:
        click.echo(f"the newest {limit}, of more that fit: --limit 0 shows all", err=True)
    if not found_any:
        if format_ == "text":
            click.echo("nothing fits", err=True)
        raise click.exceptions.Exit(1)


def query_of(
    settings: "Settings | None",
    types: tuple[str, ...],
    actors: tuple[str, ...],
    subjects: tuple[str, ...],
    incidents: tuple[str, ...],
    min_severity: str | None,
    since: str | None,
    until: str | None,
    text: str = "",
) -> "Query":
    """What the options of `options.query` ask for; what they say wrongly ends the verb."""
    from monitorgen_exporters.audit.cli.opening import filters_of
    from monitorgen_exporters.audit.search import BadTime, Query, moment

    filters = filters_of(settings)
    if min_severity is not None and min_severity not in filters.severities:
        raise click.UsageError(
            f"there is no severity `{min_severity}`: they are {', '.join(filters.severities)}"
        )
    now = datetime.now(UTC)
    try:
        return Query(
            types,
            actors,
            subjects,
            incidents,
            filters.at_least(min_severity) if min_severity is not None else (),
            moment(since, now) if since else "",
            moment(until, now) if until else "",
            text,
        )
    except BadTime as fault:
        raise click.UsageError(str(fault)) from None
