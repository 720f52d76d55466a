"""`monitorgen audit verify-archive`: archived segments, without the log."""

import json
from pathlib import Path

import click

from monitorgen_exporters.audit.cli import options

__all__ = ["command"]


@click.command("verify-archive")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@options.trust_file
@options.output_format
def command(files: tuple[Path, ...], trust: Path | None, format_: str) -> None:
    """Verify segments that `prune` archived, with the trust file alone.

    Shows that every record of a segment is in the signed tree at its position and that none is missing between
    the first and the last. It does not show that the checkpoint is the log's only history: for that, compare
    it with what the anchors hold.

    \b
    Examples:
      monitorgen audit verify-archive --trust trust.yml archive/acme-audit-monitoring-1-000000000000-000000000512.jsonl.gz

    \b
    Exit codes:
      0   all of them hold
      1   one of them does not
      2   the command line is wrong
      4   a file could not be read
    """  # noqa: E501 - the name of a segment
    from monitorgen_exporters.audit.archive import BadArchive, verify_segment
    from monitorgen_exporters.audit.trust import load_trust

    if trust is None:
        raise click.UsageError("say whom to believe: --trust FILE")
    believed = load_trust(trust)
    bad = False
    for file in files:
        try:
            found = verify_segment(file, believed)
        except BadArchive as fault:
            bad = True
            said = {"file": str(file), "holds": False, "why": str(fault)}
            text = f"BAD: {fault}"
        else:
            said = {
                "file": str(file),
                "holds": True,
                "origin": found.origin,
                "from": found.start,
                "to": found.stop,
                "records": found.records,
                "checkpoint": found.checkpoint_size,
                "signed_by": list(found.signers),
            }
            text = (
                f"{file}: {found.records} records, {found.start} to {found.stop - 1} of {found.origin}, "
                f"under the checkpoint of size {found.checkpoint_size} signed by {', '.join(found.signers)}"
            )
        click.echo(json.dumps(said) if format_ == "json" else text)
    if bad:
        raise click.exceptions.Exit(1)
