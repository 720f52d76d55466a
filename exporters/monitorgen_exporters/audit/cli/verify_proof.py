"""`monitorgen audit verify-proof`: a proof file, with the trust file and nothing else."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.tlog_proof import ProvenRecord

__all__ = ["command"]

_MOST = 8 << 20  # bytes; a proof with all it may hold is smaller


@click.command("verify-proof")
@click.argument("proof", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The record's text, byte for byte, where the proof does not hold it or is not to be believed on it.",
)
@options.trust_file
@options.output_format
def command(proof: Path, record: Path | None, trust: Path | None, format_: str) -> None:
    """Verify a proof that `prove` wrote, on any machine: without the log, without a network.

    Shows that the record stands at that position of the log that the trust file names, under a checkpoint
    that its keys signed and its witnesses cosigned. It does not show that the record tells the truth.

    \b
    Examples:
      monitorgen audit verify-proof --trust trust.yml 0199a1b2-7c3d-7e4f-8a5b-0123456789ab.tlog-proof

    \b
    Exit codes:
      0   proven
      1   not proven
      2   the command line is wrong
      4   a file could not be read
    """
    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.showing import printable, value_text
    from monitorgen_exporters.audit.tlog_proof import verify_proof
    from monitorgen_exporters.audit.tree import ProofError

    keys = believed(trust, None)
    text, body = _read(proof), _read(record) if record else None
    try:
        proven = verify_proof(text, keys, body)
    except ProofError as fault:
        said = {"proven": False, "why": str(fault)}
        click.echo(json.dumps(said) if format_ == "json" else printable(f"NOT PROVEN: {fault}"))
        raise click.exceptions.Exit(1) from None
    if format_ == "json":
        click.echo(json.dumps({"proven": True, **_about(proven)}))
        return
    for name, value in _about(proven).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(printable(f"{name:<16}{value_text(shown) if isinstance(shown, dict) else shown}"))
    click.echo(click.style("PROVEN", fg="green"))
    witnesses = proven.sealed.witnesses
    click.echo(
        "Not proven: "
        + ("" if witnesses else "that others are shown the same log, since no witness cosigned; nor ")
        + "that the record tells the truth."
    )


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(_MOST + 1)
    if len(text) > _MOST:
        raise options.Unreadable(f"{path} is longer than {_MOST} bytes: it is no proof")
    return text


def _about(proven: "ProvenRecord") -> dict[str, Any]:
    from monitorgen_exporters.audit.record import BadRecord, decode

    sealed = proven.sealed
    try:
        found = decode(proven.body)
        record: dict[str, Any] | None = json.loads(proven.body)
        said = {name: getattr(found, name) for name in ("id", "ts", "type", "actor", "subject")}
    except BadRecord:  # in the log, and not of our making
        record, said = None, {}
    return {
        "origin": sealed.checkpoint.origin,
        "position": proven.index,
        **said,
        "record": record,
        "checkpoint": sealed.checkpoint.size,
        "signed_by": [f"{key.name}+{key.key_id.hex()}" for key in sealed.signers],
        "cosigned_by": [key.name for key in sealed.witnesses],
    }
