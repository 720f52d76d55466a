"""`monitorgen audit show`: one record, whole."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.search import Found
    from monitorgen_exporters.audit.store import Store

__all__ = ["command"]


@click.command("show")
@click.argument("record", metavar="ID|POSITION")
@options.log_url
@options.config_file
@click.option("--related", is_flag=True, help="Also the other records of the same incident.")
@options.output_format
def command(record: str, log: str | None, config: Path | None, related: bool, format_: str) -> None:
    """Show one record: what it says, where it stands in the tree, and the checkpoint that seals it.

    Personal values are shown where they have not been erased. A record that was pruned shows its hash, and
    the archive that holds it. The time beside the checkpoint is the database's own note, which no signature
    covers.

    \b
    Examples:
      monitorgen audit show 17                                      the record at position 17
      monitorgen audit show 0199a1b2-7c3d-7e4f-8a5b-0123456789ab
      monitorgen audit show 17 --related                            with the rest of its incident

    \b
    Exit codes:
      0   shown
      1   there is no such record
      2   the command line is wrong
      4   the log could not be read
    """
    from monitorgen_exporters.audit.cli.opening import open_readonly, settings_from
    from monitorgen_exporters.audit.cli.showing import as_json, line, printable
    from monitorgen_exporters.audit.search import Query, find, one

    with open_readonly(log, settings_from(config)) as store, store.snapshot():
        found = one(store, record)
        if found is None:
            click.echo(f"there is no record {printable(record)}", err=True)
            raise click.exceptions.Exit(1)
        others = []
        if related and found.record is not None and found.record.incident is not None:
            others = list(find(store, Query(incidents=(found.record.incident,)), oldest_first=True))
        about = {**as_json(found), **_about(store, found)}
        if format_ == "json":
            if related:
                about["related"] = [as_json(other) for other in others]
            click.echo(json.dumps(about))
            return
        for text in _lines(about):
            click.echo(printable(text))
        for other in others:
            click.echo(line(other))


def _about(store: "Store", found: "Found") -> dict[str, Any]:
    """What is known of a record besides its bytes."""
    from monitorgen_exporters.audit.personal import values_of

    seals = store.query(
        "SELECT size, ts FROM audit_checkpoint WHERE size > ? ORDER BY size LIMIT 1", [found.position]
    )
    archives = store.query(
        "SELECT path, sha256 FROM audit_archive WHERE from_pos <= ? AND to_pos > ?",
        [found.position, found.position],
    )
    return {
        "sealed_by": {"size": seals[0][0], "at": seals[0][1]} if seals else None,
        "archive": {"path": archives[0][0], "sha256": archives[0][1]} if archives else None,
        "personal": values_of(store, [found.id]).get(found.id, {}),
    }


def _lines(about: dict[str, Any]) -> list[str]:
    from monitorgen_exporters.audit.cli.showing import value_text

    record, sealed, archive = about["record"], about["sealed_by"], about["archive"]
    shown = [("position", about["position"]), ("id", about["id"])]
    if record is None:
        shown.append(("body", "pruned: only its hash is kept"))
    else:
        shown += [(key, record[key]) for key in ("ts", "type", "actor", "subject")]
        shown += [(f"data.{key}", value_text(value)) for key, value in record["data"].items()]
        for field in record["commitments"]:
            kept = field in about["personal"]
            shown.append((f"personal.{field}", value_text(about["personal"][field]) if kept else "(erased)"))
    shown.append(("leaf", about["leaf"]))
    seal = f"the checkpoint of size {sealed['size']} (noted {sealed['at']})" if sealed else "none yet"
    shown.append(("sealed by", seal))
    if archive:
        shown.append(("archive", f"{archive['path']} (sha256 {archive['sha256']})"))
    width = max(len(key) for key, _ in shown)
    return [f"{key:<{width}}  {value}" for key, value in shown]
