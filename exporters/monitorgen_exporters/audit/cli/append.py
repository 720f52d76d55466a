"""`monitorgen audit append`: records by hand and from scripts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitorgen_exporters.audit.cli import options
from monitorgen_exporters.audit.cli.options import Unreadable

if TYPE_CHECKING:
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.entry import Entry
    from monitorgen_exporters.audit.log import AuditLog

__all__ = ["command", "opened_by"]

_MAX_LINE = 1 << 20


@click.command("append")
@options.log_url
@options.config_file
@click.option("--type", "type_", metavar="TYPE", help="What happened, as category.action: `silence.created`.")
@click.option(
    "--actor", metavar="ACTOR", help="Who did it, as kind:identity. Without it, the user of this process."
)
@click.option(
    "--subject", metavar="SUBJECT", help="What it is about, as kind:identity: `alert:HighErrorRate`."
)
@click.option("--severity", help="How severe it is.")
@click.option("--incident", metavar="ID", help="The incident it belongs to.")
@click.option("--data", "data", default="{}", metavar="JSON", help="Everything else, as a JSON object.")
@click.option(
    "--personal",
    default="{}",
    metavar="JSON",
    help="Personal values, as a JSON object: kept beside the log, where they can be erased.",
)
@click.option(
    "--id",
    "id_",
    metavar="UUID",
    help="A UUIDv7 of your own: to append the same again adds nothing.",
)
@click.option(
    "--lines",
    type=click.File("rb"),
    metavar="FILE",
    help="Records as JSON lines instead, of type, actor, subject, data, personal, id; `-` is standard input.",
)
@options.output_format
def command(
    log: str | None,
    config: Path | None,
    type_: str | None,
    actor: str | None,
    subject: str | None,
    severity: str | None,
    incident: str | None,
    data: str,
    personal: str,
    id_: str | None,
    lines: Any,
    format_: str,
) -> None:
    """Append a record, and print its id once it is durable.

    With --config the filters and the list of personal fields hold, a log that is not there yet is made, and
    what is appended is sealed with a checkpoint, if the key can be read. While a service has the log open,
    records go through its intake, and the service seals them.

    \b
    Examples:
      monitorgen audit append --type config.applied --subject config:prometheus --data '{"commit": "1a2b3c"}'
      monitorgen audit append --type silence.created --subject silence:7 --incident INC-42 --severity high
      monitorgen audit append --lines events.jsonl

    \b
    Exit codes:
      0   durable, or left out by a filter
      2   the command line or a record is wrong
      4   the log could not be written, or a key not be read
    """
    from monitorgen_exporters.audit.cli.opening import filters_of, log_place, operator, settings_from
    from monitorgen_exporters.audit.entry import IdTaken
    from monitorgen_exporters.audit.record import BadRecord
    from monitorgen_exporters.audit.recording import entry_from_json, entry_with

    settings = settings_from(config)
    fields = settings.personal if settings else ()
    if (lines is None) == (type_ is None):
        raise click.UsageError("say --type and --subject, or --lines FILE")
    entries: list[Entry] = []
    try:
        if lines is not None:
            for number, line in _lines(lines):
                try:
                    entries.append(entry_from_json(line, fields))
                except BadRecord as fault:
                    raise click.UsageError(f"line {number}: {fault}") from None
        else:
            if subject is None:
                raise click.UsageError("say what it is about: --subject KIND:IDENTITY")
            if severity and severity not in (known := filters_of(settings).severities):
                raise click.UsageError(f"there is no severity `{severity}`: they are {', '.join(known)}")
            said = {**_object("--data", data)}
            said |= {"severity": severity} if severity else {}
            said |= {"incident": incident} if incident else {}
            entries.append(
                entry_with(
                    fields,
                    type=type_ or "",
                    actor=actor or operator(None),
                    subject=subject,
                    data=said,
                    personal=_object("--personal", personal),
                    id=id_,
                )
            )
        filters = filters_of(settings)
        reasons = [filters.why_not(entry.record) for entry in entries]
        kept = [entry for entry, why in zip(entries, reasons, strict=True) if not why]
        if kept:
            with opened_by(settings, log_place(log, settings)) as opened:
                opened.append_many(kept)
    except (BadRecord, IdTaken) as fault:
        raise click.UsageError(str(fault)) from None
    for entry, why in zip(entries, reasons, strict=True):
        if format_ == "json":
            click.echo(json.dumps({"id": None if why else entry.record.id, "left_out": why or None}))
        elif why:
            click.echo(f"left out: {why}", err=True)
        else:
            click.echo(entry.record.id)


def _lines(file: Any) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(_MAX_LINE):
        number += 1
        if line.strip():
            yield number, line


def _object(option: str, text: str) -> dict[str, Any]:
    from monitorgen_exporters.audit.canonical import BadJson, parse

    try:
        found = parse(text.encode())
    except (BadJson, UnicodeEncodeError) as fault:
        raise click.UsageError(f"{option}: {fault}") from None
    if not isinstance(found, dict):
        raise click.UsageError(f'{option}: is no JSON object, such as {{"commit": "1a2b3c"}}')
    return found


def opened_by(settings: "Settings | None", place: str) -> "AuditLog":
    """The log at `place`, which seals what it gets where the settings' key is at hand."""
    from monitorgen_exporters.audit.keyfile import KeyFileError
    from monitorgen_exporters.audit.log import AuditLog
    from monitorgen_exporters.audit.opening import open_log
    from monitorgen_exporters.audit.store.errors import NotFound

    if settings is None:
        return AuditLog.open(place, background=False)
    try:
        return open_log(settings, url=place, background=False)
    except KeyFileError as fault:
        try:
            opened = AuditLog.open(place, background=False)
        except NotFound:
            raise Unreadable(f"There is no log at {place} yet, and none can be begun: {fault}") from None
        click.echo(f"not sealed, which is left to who has the key: {fault}", err=True)
        return opened
