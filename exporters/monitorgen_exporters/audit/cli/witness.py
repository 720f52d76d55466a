"""`monitorgen audit witness`: watch the logs of others, and never cosign two histories of one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.note import SigningKey

__all__ = ["command"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _memory(command: _Command) -> _Command:
    return click.option(
        "--memory",
        type=click.Path(path_type=Path, dir_okay=False),
        required=True,
        metavar="FILE",
        help="What the witness remembers: the newest checkpoint of each log. Never restore it from a backup.",
    )(command)


def _key(command: _Command) -> _Command:
    return click.option(
        "--key",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="The witness's private key. Without it, the variable MONITORGEN_AUDIT_KEY holds it.",
    )(command)


@click.group("witness")
def command() -> None:
    """Watch logs for others: cosign what continues the history seen before, and nothing else.

    A witness runs where those who run the log cannot write: on another team's host, or a partner's. It speaks
    C2SP tlog-witness, so any log that does can be watched.

    \b
    Examples:
      monitorgen audit witness init --name witness.example/w1 --key w1.key --memory w1.db
      monitorgen audit witness run --key w1.key --memory w1.db --trust acme-trust.yml
    """


@command.command("init")
@click.option(
    "--name", required=True, help="The name it signs under: a URL without scheme, such as witness.example/w1."
)
@_key
@_memory
def init(name: str, key: Path | None, memory: Path) -> None:
    """Make a witness: its key, its empty memory; prints the verifier key for the trust files of logs."""
    from monitorgen_exporters.audit.keyfile import generate
    from monitorgen_exporters.audit.note import COSIGNATURE_V1
    from monitorgen_exporters.audit.witness.memory import Memory, MemoryTrouble

    if key is None:
        raise click.UsageError("say where the new key goes: --key FILE")
    made = generate(key, name, COSIGNATURE_V1)
    try:
        Memory.create(memory).close()
    except MemoryTrouble:
        key.unlink()  # made a moment ago, and nobody has its public half
        raise
    click.echo(made.verifier)


@command.command("run")
@_key
@_memory
@click.option(
    "--trust",
    "trusts",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    required=True,
    metavar="FILE",
    help="The trust file of a log to watch; may be given for several logs.",
)
@click.option(
    "--listen",
    default="127.0.0.1:8980",
    show_default=True,
    metavar="HOST:PORT",
    help="Where it is served, without TLS: put a proxy before it. Port 0 takes any free one.",
)
def run(key: Path | None, memory: Path, trusts: tuple[Path, ...], listen: str) -> None:
    """Serve until SIGTERM: POST /add-checkpoint, GET /checkpoint?origin=ORIGIN, /metrics, /healthz.

    Only what is in the trust files is watched; after a change of one, start it again. A kill at any moment
    loses nothing: what it has cosigned is on disk before the answer leaves.
    """
    from monitorgen_exporters.audit.note import COSIGNATURE_V1
    from monitorgen_exporters.audit.trust import load_trust
    from monitorgen_exporters.audit.witness.judgement import Witness
    from monitorgen_exporters.audit.witness.memory import Memory
    from monitorgen_exporters.audit.witness.server import serving
    from monitorgen_exporters.serving import address, until_told

    host, port = address(listen)
    signing = _signing_key(key)
    if signing.algorithm != COSIGNATURE_V1:
        raise click.UsageError("the key is one of a log; `witness init` makes one of a witness")
    logs = {trust.origin: trust for trust in map(load_trust, trusts)}
    if len(logs) < len(trusts):
        raise click.UsageError("two of the trust files are about the same log")
    remembered = Memory.open(memory)
    try:
        with until_told() as wait, serving(Witness(signing, remembered, logs), host, port) as where:
            click.echo(
                f"witness {signing.name} at http://{where}, watching {', '.join(sorted(logs))}", err=True
            )
            wait()
    except OSError as problem:
        raise options.Unreadable(f"cannot serve at {listen}: {problem.strerror or problem}") from None
    finally:
        remembered.close()


@command.command("status")
@_memory
@options.output_format
def status(memory: Path, format_: str) -> None:
    """Print how far each log has come, and what was refused although the log's own key had signed it."""
    from monitorgen_exporters.audit.witness.memory import Memory

    opened = Memory.open(memory)
    logs, evidence = opened.remembered(), opened.evidence()
    opened.close()
    if format_ == "json":
        told = {
            "logs": [
                {"origin": one.origin, "size": one.size, "ts": one.ts, "note": one.note.decode()}
                for one in logs
            ],
            "evidence": [
                {"origin": origin, "ts": ts, "why": why, "submission": submission.decode("utf-8", "replace")}
                for origin, ts, why, submission in evidence
            ],
        }
        click.echo(json.dumps(told, indent=2))
        return
    if not logs:
        click.echo("nothing was cosigned yet")
    for one in logs:
        click.echo(f"{one.origin}  {one.size} records, cosigned {one.ts}")
    for origin, ts, why, _ in evidence:
        click.echo(f"REFUSED {ts} {origin}: {why}")
    if evidence:
        click.echo(
            f"{len(evidence)} submissions prove that a log's key signed two histories; --format json has them"
        )


def _signing_key(path: Path | None) -> "SigningKey":
    from monitorgen_exporters.audit.keyfile import from_environment, load

    found = from_environment() if path is None else load(path)
    if found is None:
        raise click.UsageError("say where the key is: --key FILE")
    return found
