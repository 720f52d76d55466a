"""`monitorgen audit restore`: a new incarnation, after the database came back from a backup."""

import json
from pathlib import Path

import click

from monitorgen_exporters.audit.cli import options

__all__ = ["command"]


@click.command("restore")
@options.log_url
@options.config_file
@options.trust_file
@click.option(
    "--from",
    "known",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The newest checkpoint of the log that an anchor holds.",
)
@click.option("--reason", required=True, help="What happened; it goes into the log.")
@click.option(
    "--even-if-whole",
    is_flag=True,
    help="Also where nothing that was signed for is lost, so that a new origin is not needed.",
)
@options.who
@options.output_format
def command(
    log: str | None,
    config: Path | None,
    trust: Path | None,
    known: Path,
    reason: str,
    even_if_whole: bool,
    who: str | None,
    format_: str,
) -> None:
    """Go on with a log that was restored from a backup, under a new origin.

    Without this the signer's guard refuses to sign: to it, a restore is a rollback. The first record of the
    new incarnation names the old one, how much of it is there, and how much was signed for and is lost. The
    trust file gets the new origin, and a copy of the old one stays beside it, for archives of the old origin.
    Personal values that were erased since the backup are back: erase them again.

    A log that lost nothing that was signed for, and whose guard knows it, goes on by itself; a new origin for
    it has to be asked for.

    \b
    Examples:
      monitorgen audit restore --from newest.checkpoint --config build/audit/audit.yml --reason "disk lost"

    \b
    Exit codes:
      0   the log goes on
      2   the command line is wrong, or nothing is lost
      4   the copy is not of this log, or something could not be read or written
    """
    from dataclasses import replace

    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.opening import log_place, operator, settings_from
    from monitorgen_exporters.audit.opening import signer_from
    from monitorgen_exporters.audit.restore import Whole, restore
    from monitorgen_exporters.audit.trust import write_trust

    settings = settings_from(config)
    if settings is None:
        raise click.UsageError("the key, the guard and the anchors are in the settings: say --config FILE")
    if not reason.strip():
        raise click.UsageError("--reason is empty: it is what an auditor will ask for")
    believing = believed(trust, settings.trust)
    checkpoint = believing.open_checkpoint(known.read_bytes()).checkpoint
    try:
        made = restore(
            log_place(log, settings),
            signer_from(settings),
            checkpoint,
            operator=operator(who),
            reason=reason,
            even_if_whole=even_if_whole,
        )
    except Whole as refusal:
        raise click.UsageError(f"{refusal}, or say --even-if-whole to begin a new origin") from None
    place = trust or Path(settings.trust or "")
    old = place.with_name(f"{place.stem}-{believing.origin.rpartition('/')[2]}{place.suffix}")
    if not old.exists():
        write_trust(believing, old)
    write_trust(replace(believing, origin=made.origin), place)
    if format_ == "json":
        said = {"origin": made.origin, "before": made.before.data(), "lost": made.lost, "trust": str(place)}
        click.echo(json.dumps(said))
    else:
        click.echo(f"{made.origin} goes on from the {made.before.size} records of {made.before.origin}")
        if made.lost:
            click.echo(f"{made.lost} records that were signed for are lost")
        click.echo(f"{place} believes the new origin; {old} the old one", err=True)
