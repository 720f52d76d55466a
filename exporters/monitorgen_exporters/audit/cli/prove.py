"""`monitorgen audit prove`: a file that shows anybody that a record is in the log."""

from pathlib import Path

import click

from monitorgen_exporters.audit.cli import options

__all__ = ["command"]


@click.command("prove")
@click.argument("record", metavar="ID|POSITION")
@options.log_url
@options.config_file
@options.trust_file
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Where to write it: ID.tlog-proof, or - for standard output.",
)
def command(
    record: str, log: str | None, config: Path | None, trust: Path | None, output: Path | None
) -> None:
    """Write a proof that a record is in the log, under a signed checkpoint.

    The file is in the form c2sp.org/tlog-proof@v1, holds the record, and verifies without the log
    (`verify-proof`). Values of personal fields are not in it. With a trust file, the proof leads to a
    checkpoint that the trust file believes, witnesses and all.

    \b
    Examples:
      monitorgen audit prove 0199a1b2-7c3d-7e4f-8a5b-0123456789ab
      monitorgen audit prove 17 -o seventeen.tlog-proof

    \b
    Exit codes:
      0   written
      1   there is no such record, or nothing signed covers it
      2   the command line is wrong
      4   the log could not be read, or the file not written
    """
    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.opening import open_readonly, settings_from
    from monitorgen_exporters.audit.cli.showing import printable
    from monitorgen_exporters.audit.proving import Unprovable, prove

    settings = settings_from(config)
    configured = settings.trust if settings else None
    keys = believed(trust, configured) if trust or configured else None
    try:
        with open_readonly(log, settings) as store:
            proof = prove(store, record, keys)
    except Unprovable as fault:
        click.echo(printable(str(fault)), err=True)
        raise click.exceptions.Exit(1) from None
    if output == Path("-"):
        click.echo(proof.text, nl=False)
        return
    target = output or Path(f"{proof.id}.tlog-proof")
    target.write_bytes(proof.text)
    beside = "" if proof.holds_body else "; the record was pruned: give its archived text to verify-proof"
    click.echo(
        printable(
            f"{target}: record {proof.position}, under the checkpoint of size {proof.checkpoint_size}{beside}"
        ),
        err=True,
    )
