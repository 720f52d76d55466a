"""`monitorgen audit export`: records for other programs."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.canonical import Json
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.search import Found
    from monitorgen_exporters.audit.store import Store

__all__ = ["command"]


@click.command("export")
@options.log_url
@options.config_file
@options.query
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, which is there only once it is whole. Without it, standard output.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--personal",
    is_flag=True,
    help="With the personal values. Nothing can erase them from the file any more.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, from which the hashes can be made again, or CSV for spreadsheets.",
)
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
    output: Path | None,
    force: bool,
    personal: bool,
    format_: str,
) -> None:
    """Write records as JSON lines or CSV, in the log's order.

    A line of JSON holds position, leaf hash and the record as it was hashed. In CSV, a cell that a
    spreadsheet would run as a formula gets a ' before it. A copy proves nothing by itself: `prove` makes a
    proof of one record, and what `prune` archives can be verified alone. Files of the log and of its archive
    are never written over.

    \b
    Examples:
      monitorgen audit export -o log.jsonl
      monitorgen audit export --format csv --since 90d --type authentication -o logins.csv
      monitorgen audit export --subject user:ann --personal     what is recorded about one account

    \b
    Exit codes:
      0   written, be it empty
      2   the command line is wrong
      4   the log could not be read, or the file not be written
    """
    from monitorgen_exporters.audit.cli.opening import log_place, open_readonly, settings_from
    from monitorgen_exporters.audit.cli.search import query_of
    from monitorgen_exporters.audit.export import csv_lines, json_lines
    from monitorgen_exporters.audit.files import new_file
    from monitorgen_exporters.audit.search import find

    settings = settings_from(config)
    if output is not None:
        _refuse_own_files(output, log_place(log, settings), config, settings)
        _refuse_archive(output, settings)
    query = query_of(settings, types, actors, subjects, incidents, min_severity, since, until)
    make = json_lines if format_ == "jsonl" else csv_lines
    with open_readonly(log, settings) as store, store.snapshot():
        if output is not None:
            _refuse_segments(output, store)
        lines = make(
            _counted(find(store, query, oldest_first=True), counter := _Counter()),
            partial(_values, store) if personal else None,
        )
        if output is None:
            if (stdout := getattr(sys.stdout, "buffer", None)) is None:
                raise options.Unreadable("there is no standard output to write to: say --output FILE")
            for line in lines:
                stdout.write(line)
            stdout.flush()
        else:
            try:
                with new_file(output, replace=force) as file:
                    file.writelines(lines)
            except FileExistsError:
                raise click.UsageError(f"{output} is there already: say --force to write over it") from None
    if output is not None:
        click.echo(f"{output}: {counter.records} records", err=True)


def _refuse_own_files(output: Path, log: str, config: Path | None, settings: "Settings | None") -> None:
    """Ends the verb where what is to be written over is the log, or what it is signed and believed by."""
    from monitorgen.vocabulary.secrets import SecretFile

    own = [] if config is None else [config]
    if settings is not None:
        own += [Path(settings.guard), Path(f"{settings.guard}.lock")]
        if settings.trust is not None:
            own.append(Path(settings.trust))
        if isinstance(settings.key, SecretFile):
            own.append(Path(settings.key.file))
    scheme, separator, rest = log.partition("://")
    if not separator or scheme == "sqlite":
        database = Path(rest[1:] if separator else log)
        own += [Path(f"{database}{end}") for end in ("", "-wal", "-shm", "-journal", "-turn", "-sequencer")]
    if any(_same(output, each) for each in own):
        raise click.UsageError(f"{output} belongs to the log itself: write the export to another file")


def _refuse_archive(output: Path, settings: "Settings | None") -> None:
    """Ends the verb where a file of the archive is to be written over, or another put among them."""
    if settings is None or settings.retention is None or settings.retention.archive is None:
        return
    archive = Path(settings.retention.archive)
    inside = Path(os.path.realpath(output)).is_relative_to(os.path.realpath(archive))
    if inside or (archive.is_dir() and any(_same(output, each) for each in archive.iterdir())):
        raise click.UsageError(
            f"{output} belongs to the archive {archive}, which is for what `prune` writes there: write the "
            "export to another folder"
        )


def _refuse_segments(output: Path, store: "Store") -> None:
    """Ends the verb where a segment that the log knows of is to be written over, settings or none."""
    for (path,) in store.query("SELECT path FROM audit_archive"):
        # A database that somebody wrote to may hold anything there.
        if isinstance(path, str) and "\0" not in path and _same(output, Path(path)):
            raise click.UsageError(
                f"{output} is an archived segment of the log: write the export to another file"
            )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return os.path.realpath(one) == os.path.realpath(other)


class _Counter:
    records = 0


def _counted(found: "Iterator[Found]", counter: _Counter) -> "Iterator[Found]":
    for each in found:
        counter.records += 1
        yield each


def _values(store: "Store", id_: str) -> "dict[str, Json]":
    from monitorgen_exporters.audit.personal import values_of

    return values_of(store, [id_]).get(id_, {})
