"""`monitorgen audit prune`: what the retention policy no longer keeps."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.retention import Anchored
    from monitorgen_exporters.audit.store import Store

__all__ = ["command"]


@click.command("prune")
@options.log_url
@options.config_file
@click.option(
    "--before", metavar="TIME", help="Prune less than the policy allows: only what is older than this."
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A checkpoint that is kept outside the log, where no anchor is configured.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be pruned.")
@options.who
@options.trust_file
@options.output_format
def command(
    log: str | None,
    config: Path | None,
    before: str | None,
    checkpoint: Path | None,
    dry_run: bool,
    who: str | None,
    trust: Path | None,
    format_: str,
) -> None:
    """Delete the text of old records, as the policy in `audit.retention` says, and keep their hashes.

    Records go in blocks of 256, from the oldest on, and only where a checkpoint that an anchor holds covers
    them. First they are written to the archive, then `log.pruned` is recorded, then they are deleted, and the
    personal values that belong to them. What the log says of itself is never pruned. Every proof, checkpoint
    and root stays good; an archived segment verifies alone (`verify-archive`).

    \b
    Examples:
      monitorgen audit prune --dry-run
      monitorgen audit prune --operator ann
      monitorgen audit prune --before 2025-01-01

    \b
    Exit codes:
      0   pruned, or nothing is old enough
      1   something is old enough, and no anchored checkpoint covers it
      2   the command line is wrong, or there is no policy
      4   the log could not be read or written
    """
    from monitorgen_exporters.audit.cli.opening import log_place, operator, settings_from
    from monitorgen_exporters.audit.opening import open_log
    from monitorgen_exporters.audit.retention import finish, plan, prune, unfinished
    from monitorgen_exporters.audit.search import BadTime, moment
    from monitorgen_exporters.audit.store import open_store

    settings = settings_from(config)
    if settings is None or settings.retention is None:
        raise click.UsageError("there is no policy: `audit.retention` in the spec, and --config")
    policy, at = settings.retention, datetime.now(UTC)
    try:
        limit = moment(before, at) if before else ""
    except BadTime as fault:
        raise click.UsageError(str(fault)) from None
    archive = Path(policy.archive) if policy.archive else None
    url = log_place(log, settings)
    with open_store(url, readonly=dry_run) as store:
        if not dry_run and (half := unfinished(store)):
            finish(store, half, archive)
            click.echo("the pruning that was interrupted is done now", err=True)
        if dry_run:
            planned = plan(store, policy.keep, at, _anchored(store, checkpoint, trust, settings), limit)
        else:
            with open_log(settings, url=url) as opened:
                opened.checkpoint()
                _deliver(store, settings)
                planned = plan(store, policy.keep, at, _anchored(store, checkpoint, trust, settings), limit)
                if planned.records:
                    prune(opened, store, planned, keep=policy.keep, archive=archive, operator=operator(who))
    said = {
        "from": planned.start,
        "to": planned.stop,
        "records": planned.records,
        "cutoff": planned.cutoff,
        "checkpoint": planned.anchored.checkpoint.size if planned.anchored else None,
        "archive": str(archive) if archive else None,
        "done": bool(planned.records) and not dry_run,
        "limit": planned.why,
    }
    if format_ == "json":
        click.echo(json.dumps(said))
    elif planned.records:
        word = "would go" if dry_run else "pruned"
        place = f"archived in {archive}" if archive else "not archived"
        click.echo(
            f"{planned.records} records {word}, but for what the log says of itself: "
            f"{planned.start} to {planned.stop - 1}, {place}"
        )
    else:
        click.echo(f"nothing to prune: {planned.why}")
    if planned.uncovered:
        click.echo(f"more is older than {planned.cutoff[:19]}Z, but {planned.why}", err=True)
        raise click.exceptions.Exit(1)


def _anchored(
    store: "Store", checkpoint: Path | None, trust: Path | None, settings: "Settings"
) -> "Anchored | None":
    """The newest checkpoint that is known outside: by an anchor, or by the file that was given."""
    from monitorgen_exporters.audit.retention import Anchored, anchored_checkpoint
    from monitorgen_exporters.audit.trust import load_trust

    if checkpoint is None:
        return anchored_checkpoint(store)
    place = trust or (Path(settings.trust) if settings.trust else None)
    if place is None:
        raise click.UsageError("--checkpoint is believed by the trust file: say --trust FILE")
    note = checkpoint.read_bytes()
    return Anchored(load_trust(place).open_checkpoint(note).checkpoint, note)


def _deliver(store: "Store", settings: "Settings") -> None:
    """Has every anchor take the newest checkpoint now; one that cannot is left to the service."""
    from monitorgen_exporters.audit.anchors.base import AnchorError
    from monitorgen_exporters.audit.anchors.outbox import deliver
    from monitorgen_exporters.audit.anchors.planning import Surroundings
    from monitorgen_exporters.audit.anchors.registry import planned_anchors

    around = Surroundings.of(store)
    for planned in planned_anchors(settings.anchors):
        try:
            deliver(store, planned.fed(around), at_once=True)
        except AnchorError as error:
            click.echo(f"{planned.name}: {error}", err=True)
