"""`monitorgen audit keys`: make, list, change and disbelieve the keys that sign checkpoints."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.audit.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.audit.config import Settings
    from monitorgen_exporters.audit.note import VerifierKey

__all__ = ["command"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("keys")
def command() -> None:
    """Make, list and change the keys that sign checkpoints, and the trust file that says which to believe."""


@command.command("generate")
@click.argument("file", type=_FILE)
@options.config_file
@options.trust_file
@click.option("--name", help="The name it signs under. Without it, the log's: ORGANIZATION/audit/LOG.")
@click.option("--origin", help="The log's origin, for the trust file. Without it, the settings' first.")
def generate(
    file: Path, config: Path | None, trust: Path | None, name: str | None, origin: str | None
) -> None:
    """Make a private key in FILE, readable by its owner alone, and print its verifier key.

    With --trust, a trust file that believes this key is made, too, where there is none, with the witnesses of
    the settings. Commit that one to version control, and give it to whoever verifies; the private key stays
    on the signer. How many of the witnesses have to cosign is the `quorum` in it: 0, until you raise it.

    \b
    Examples:
      monitorgen audit keys generate audit.key --config build/audit/audit.yml --trust audit-trust.yml
      monitorgen audit keys generate next.key --name acme/audit/monitoring

    \b
    Exit codes:
      0   made
      2   the command line is wrong
      4   the file is there already, or cannot be written
    """
    from monitorgen_exporters.audit import keyfile
    from monitorgen_exporters.audit.cli.opening import settings_from
    from monitorgen_exporters.audit.opening import FIRST_INCARNATION
    from monitorgen_exporters.audit.trust import Trust, TrustedKey, write_trust

    settings = settings_from(config)
    place = trust or (Path(settings.trust) if settings and settings.trust else None)
    signs_as = name or (settings.origin_prefix.rstrip("/") if settings else None)
    if signs_as is None:
        raise click.UsageError("say what it signs as: --name NAME, or --config FILE")
    trusted = origin or (settings.origin_prefix + FIRST_INCARNATION if settings else None)
    if trust is not None and trusted is None:
        raise click.UsageError("say which log the trust file is of: --origin ORIGIN, or --config FILE")
    witnesses = _witnesses(settings)
    key = keyfile.generate(file, signs_as)
    click.echo(str(key.verifier))
    if place is not None and trusted is not None and not place.exists():
        write_trust(Trust(trusted, (TrustedKey(key.verifier),), witnesses), place)
        click.echo(f"{place} written: it believes this key for {trusted}", err=True)


@command.command("list")
@options.config_file
@options.trust_file
@options.output_format
def list_(config: Path | None, trust: Path | None, format_: str) -> None:
    """List the keys of the trust file: which sizes of the log each may sign, and the witnesses.

    \b
    Examples:
      monitorgen audit keys list --trust audit-trust.yml

    \b
    Exit codes:
      0   listed
      2   the command line is wrong
      4   the trust file cannot be read
    """
    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.opening import settings_from

    settings = settings_from(config)
    found = believed(trust, settings.trust if settings else None)
    if format_ == "json":
        keys = [
            {"vkey": str(key.vkey), "from_size": key.from_size, "to_size": key.to_size, "status": key.status}
            for key in found.keys
        ]
        witnesses = [str(key) for key in found.witnesses]
        said = {"origin": found.origin, "keys": keys, "witnesses": witnesses, "quorum": found.quorum}
        click.echo(json.dumps(said))
        return
    click.echo(found.origin)
    for key in found.keys:
        end = "on" if key.to_size is None else f"to {key.to_size}"
        click.echo(
            f"  {key.vkey.key_id.hex()}  {key.status:<11}  sizes from {key.from_size} {end}  {key.vkey}"
        )
    for witness in found.witnesses:
        click.echo(f"  {witness.key_id.hex()}  witness      {witness}")
    if found.witnesses:
        click.echo(f"  {found.quorum} of {len(found.witnesses)} witnesses have to cosign")


@command.command("rotate")
@click.argument("new", metavar="NEW_KEY_FILE", type=_FILE)
@options.log_url
@options.config_file
@options.trust_file
@click.option("--reason", default="", help="Why; it goes into the log.")
@options.who
def rotate(
    new: Path, log: str | None, config: Path | None, trust: Path | None, reason: str, who: str | None
) -> None:
    """Change to another key: recorded, signed over by both, and written to the trust file.

    Stop the service first, and start it with the new key afterwards: `audit.key` has to name it. The trust
    file says by sizes of the log which key may sign what, so a stolen old key cannot sign new history.

    \b
    Examples:
      monitorgen audit keys rotate next.key --config build/audit/audit.yml --trust audit-trust.yml

    \b
    Exit codes:
      0   changed
      2   the command line is wrong
      4   a key, the log or the trust file cannot be used
    """
    from monitorgen_exporters.audit import keyfile
    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.opening import log_place, operator
    from monitorgen_exporters.audit.opening import signer_from
    from monitorgen_exporters.audit.rotation import rotate as rotate_key
    from monitorgen_exporters.audit.trust import write_trust

    settings = _settings(config)
    place, key = _trust_place(trust, settings), keyfile.load(new)
    after = rotate_key(
        log_place(log, settings),
        signer_from(settings),
        key,
        believed(place, None),
        operator=operator(who),
        reason=reason,
    )
    write_trust(after, place)
    click.echo(str(key.verifier))
    click.echo(
        f"{place} written; set `audit.key` to {new}, and keep the old key no longer. Whoever verifies "
        "needs this trust file, and so do witnesses, which have to be started again",
        err=True,
    )


@command.command("compromised")
@click.argument("new", metavar="NEW_KEY_FILE", type=_FILE)
@options.log_url
@options.config_file
@options.trust_file
@click.option("--key-id", metavar="HEX", help="The key that is believed no more. Without it, the active one.")
@click.option(
    "--last-good-size",
    type=click.IntRange(min=0),
    help="Up to where it is believed. Without it, the newest size that an anchor has confirmed.",
)
@click.option("--reason", default="", help="Why; it goes into the log.")
@options.who
def compromised(
    new: Path,
    log: str | None,
    config: Path | None,
    trust: Path | None,
    key_id: str | None,
    last_good_size: int | None,
    reason: str,
    who: str | None,
) -> None:
    """Disbelieve a key that may be in other hands, beyond the last size that an anchor holds.

    NEW_KEY_FILE signs from there on, alone. Records after the last good size stay in the log, and that they
    are as they were written then is not proven by anything. Run `verify` against the anchors first.

    \b
    Examples:
      monitorgen audit keys compromised next.key --config build/audit/audit.yml --reason "laptop stolen"
      monitorgen audit keys compromised next.key --config build/audit/audit.yml --last-good-size 4096

    \b
    Exit codes:
      0   changed
      1   there is no such key, or no anchor has confirmed anything
      2   the command line is wrong
      4   a key, the log or the trust file cannot be used
    """
    from monitorgen_exporters.audit import keyfile
    from monitorgen_exporters.audit.anchors.registry import planned_anchors
    from monitorgen_exporters.audit.cli.believing import believed
    from monitorgen_exporters.audit.cli.opening import log_place, operator
    from monitorgen_exporters.audit.guard import Guard
    from monitorgen_exporters.audit.issuing import Signer
    from monitorgen_exporters.audit.retention import anchored_checkpoint
    from monitorgen_exporters.audit.rotation import replace_compromised
    from monitorgen_exporters.audit.store import open_store
    from monitorgen_exporters.audit.trust import write_trust

    settings = _settings(config)
    place, url = _trust_place(trust, settings), log_place(log, settings)
    believing, key = believed(place, None), keyfile.load(new)
    chosen = [
        each.vkey
        for each in believing.keys
        if (each.vkey.key_id.hex() == key_id if key_id else each.status == "active")
    ]
    if len(chosen) != 1:
        click.echo(f"the trust file has {len(chosen)} such keys: say --key-id", err=True)
        raise click.exceptions.Exit(1)
    if last_good_size is None:
        with open_store(url, readonly=True) as store:
            anchored = anchored_checkpoint(store)
        if anchored is None:
            click.echo("no anchor has confirmed a checkpoint: say --last-good-size", err=True)
            raise click.exceptions.Exit(1)
        last_good_size = anchored.checkpoint.size
    anchors = tuple(planned.name for planned in planned_anchors(settings.anchors))
    signer = Signer((key,), Guard(settings.guard), anchors)
    after = replace_compromised(
        url, signer, chosen[0], last_good_size, believing, operator=operator(who), reason=reason
    )
    write_trust(after, place)
    click.echo(str(key.verifier))
    click.echo(f"{place} written: {chosen[0].key_id.hex()} is believed up to size {last_good_size}", err=True)


def _witnesses(settings: "Settings | None") -> "tuple[VerifierKey, ...]":
    from monitorgen_exporters.audit.note import NoteError, VerifierKey

    found = []
    for name, witness in settings.anchors.witnesses.items() if settings else ():
        try:
            found.append(VerifierKey.parse(witness.key))
        except NoteError as fault:
            raise click.UsageError(f"anchors.witnesses.{name}.key: {fault}") from None
    return tuple(found)


def _settings(config: Path | None) -> "Settings":
    from monitorgen_exporters.audit.cli.opening import settings_from

    settings = settings_from(config)
    if settings is None:
        raise click.UsageError("the key, the guard and the anchors are in the settings: say --config FILE")
    return settings


def _trust_place(trust: Path | None, settings: "Settings") -> Path:
    place = trust or (Path(settings.trust) if settings.trust else None)
    if place is None:
        raise click.UsageError("say which trust file to change: --trust FILE, or `audit.trust`")
    return place
