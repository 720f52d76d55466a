"""`monitorgen audit erase`: personal values, on request."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.erasure import Values
    from monitorgen_exporters.audit.store import Store

__all__ = ["command"]


@click.command("erase")
@options.log_url
@options.config_file
@click.option("--record", "records", multiple=True, metavar="ID|POSITION", help="The values of this record.")
@click.option("--field", "fields", multiple=True, help="Of those records, only this field.")
@click.option(
    "--value",
    nargs=2,
    metavar="FIELD TEXT",
    help="Wherever this field holds this text: everything about one person.",
)
@click.option("--reason", required=True, help="Why; it goes into the log. Name the request, not the person.")
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
@options.who
@options.output_format
def command(
    log: str | None,
    config: Path | None,
    records: tuple[str, ...],
    fields: tuple[str, ...],
    value: tuple[str, str] | None,
    reason: str,
    dry_run: bool,
    who: str | None,
    format_: str,
) -> None:
    """Erase personal values: the value and its salt are deleted, and `record.erased` says so.

    The record keeps its commitment, which nobody can open or guess any more, so no hash, proof or checkpoint
    changes. Archives hold commitments only. What this cannot reach: exports made with --personal, and
    backups; keep backups of the log no longer than the law gives you to answer a request.

    \b
    Examples:
      monitorgen audit erase --value email ann@acme.example --reason "request 2026-17" --dry-run
      monitorgen audit erase --record 0199a1b2-7c3d-7e4f-8a5b-0123456789ab --reason "request 2026-17"

    \b
    Exit codes:
      0   erased
      1   there is no such value
      2   the command line is wrong
      4   the log could not be read or written
    """
    from monitorgen_exporters.audit.cli.append import opened_by
    from monitorgen_exporters.audit.cli.opening import log_place, operator, settings_from
    from monitorgen_exporters.audit.erasure import erase
    from monitorgen_exporters.audit.store import open_store

    if bool(records) == bool(value):
        raise click.UsageError("say --record ID, or --value FIELD TEXT")
    if fields and not records:
        raise click.UsageError("--field goes with --record")
    if not reason.strip():
        raise click.UsageError("--reason is empty: it is what an auditor will ask for")
    settings = settings_from(config)
    place = log_place(log, settings)
    with open_store(place, readonly=dry_run) as store:
        values = _chosen(store, records, fields, value)
        count = sum(map(len, values.values()))
        if not dry_run:  # even without values: an erasure that was killed may have left its bytes, unsealed
            with opened_by(settings, place) as opened:
                erase(opened, store, values, reason=reason, operator=operator(who))
    if format_ == "json":
        said = {id_: list(each) for id_, each in values.items()}
        click.echo(json.dumps({"erased": 0 if dry_run else count, "values": said}))
    else:
        word = "would be erased" if dry_run else "erased"
        click.echo(f"{count} personal values of {len(values)} records {word}")
    if not values:
        raise click.exceptions.Exit(1)


def _chosen(
    store: "Store", records: tuple[str, ...], fields: tuple[str, ...], value: tuple[str, str] | None
) -> "Values":
    from monitorgen_exporters.audit.cli.showing import printable
    from monitorgen_exporters.audit.erasure import values_equal_to, values_of_records
    from monitorgen_exporters.audit.search import one

    if value:
        return values_equal_to(store, *value)
    ids = []
    for name in records:
        found = one(store, name)
        if found is None:
            click.echo(f"there is no record {printable(name)}", err=True)
            raise click.exceptions.Exit(1)
        ids.append(found.id)
    return values_of_records(store, ids, fields)
