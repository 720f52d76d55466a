"""`monitorgen receiver keys`: make, list, rotate and revoke the API keys that people and programs show."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.receiver.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.receiver.access.key_rows import Key
    from monitorgen_exporters.receiver.access.keys import NewKey
    from monitorgen_exporters.receiver.access.principal import Principal
    from monitorgen_exporters.receiver.config import Settings
    from monitorgen_exporters.receiver.work import Work

__all__ = ["command"]


@click.group("keys")
def command() -> None:
    """Make, list, rotate and revoke API keys. Each is shown once; the database keeps a hash.

    Who may read the database's files may do this. Over HTTP, the permission `admin` is needed for it.
    """


@command.command("create")
@click.argument("name")
@options.config_file
@click.option("--role", "roles", multiple=True, required=True, help="What it may do; may be given again.")
@click.option("--tenant", help="The one tenant it is for. Without it, the key sees all.")
@click.option("--expires", metavar="DURATION", help="How long it is good, such as 90d. Without it, for ever.")
def create(config: Path, name: str, roles: tuple[str, ...], tenant: str | None, expires: str | None) -> None:
    """Make a key called NAME, and print it.

    \b
    Examples:
      monitorgen receiver keys create ann --role responder
      monitorgen receiver keys create dashboard --role viewer --tenant acme --expires 90d

    \b
    Exit codes:
      0   made
      1   there is a key of that name, or no such role
      2   the command line is wrong
      4   settings or database cannot be used
    """
    from datetime import UTC, datetime

    from monitorgen_exporters.receiver.access import keys

    settings = options.settings_from(config)
    lasts = _duration(expires)
    with _writing(settings) as (work, by):
        made = keys.create(
            work,
            by,
            name=name,
            roles=roles,
            known=settings.all_roles,
            tenant=tenant,
            expires=None if lasts is None else datetime.now(UTC) + lasts,
        )
    _show(made)


@command.command("list")
@options.config_file
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the result: for people or for programs.",
)
def list_(config: Path, format_: str) -> None:
    """List all keys, those that are no longer good too.

    \b
    Exit codes:
      0   listed
      2   the command line is wrong
      4   settings or database cannot be used
    """
    from monitorgen_exporters.audit.stamps import now
    from monitorgen_exporters.audit.store import open_store
    from monitorgen_exporters.receiver.access.key_rows import read_keys

    settings = options.settings_from(config)
    with open_store(settings.audit.log, readonly=True) as store:
        found = read_keys(store)
    if format_ == "json":
        click.echo(json.dumps([_as_json(key) for key in found], indent=2))
        return
    moment = now()
    for key in found:
        state = "revoked" if key.revoked_at else "expired" if key.expired(moment) else "good"
        until = f" until {key.expires_at}" if key.expires_at and state == "good" else ""
        click.echo(
            f"{key.id}  {state}{until}  {key.name}  {','.join(key.roles)}  tenant {key.tenant or 'any'}  "
            f"used {key.used_at or 'never'}"
        )


@command.command("rotate")
@click.argument("id")
@options.config_file
@click.option("--grace", default="1h", show_default=True, help="How long the old key stays good.")
@click.option("--expires", metavar="DURATION", help="How long the new key is good. Without it, for ever.")
def rotate(config: Path, id: str, grace: str, expires: str | None) -> None:
    """Make a new key in place of the one with ID, and print it.

    \b
    Exit codes:
      0   made
      1   there is no such key, or it is no longer good
      2   the command line is wrong
      4   settings or database cannot be used
    """
    from datetime import UTC, datetime

    from monitorgen_exporters.receiver.access import keys

    settings = options.settings_from(config)
    left, lasts = _duration(grace), _duration(expires)
    with _writing(settings) as (work, by):
        made = keys.rotate(
            work,
            by,
            id,
            grace=left or timedelta(0),
            expires=None if lasts is None else datetime.now(UTC) + lasts,
        )
    _show(made)


@command.command("revoke")
@click.argument("id")
@options.config_file
def revoke(config: Path, id: str) -> None:
    """Take the key with ID out of use. Running receivers follow within ten seconds.

    \b
    Exit codes:
      0   it opens nothing any more
      1   there is no such key
      2   the command line is wrong
      4   settings or database cannot be used
    """
    from monitorgen_exporters.receiver.access import keys

    with _writing(options.settings_from(config)) as (work, by):
        key = keys.revoke(work, by, id)
    click.echo(f"{key.id} ({key.name}) is revoked")


@contextmanager
def _writing(settings: "Settings") -> "Iterator[tuple[Work, Principal]]":
    import getpass

    from monitorgen.vocabulary.receiver_access import PERMISSIONS
    from monitorgen_exporters.receiver.access.keys import BadKey
    from monitorgen_exporters.receiver.access.principal import Principal
    from monitorgen_exporters.receiver.service import open_database

    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = "unknown"
    database = open_database(settings, background=False)
    try:
        with database.write() as work:
            yield work, Principal(who, f"user:{who}", frozenset(PERMISSIONS))
    except BadKey as problem:
        raise click.ClickException(str(problem)) from None
    finally:
        database.close()


def _show(made: "NewKey") -> None:
    click.echo(made.text)
    click.echo(f"This is the only time it is shown. Its id is {made.key.id}.", err=True)


def _as_json(key: "Key") -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "roles": list(key.roles),
        "tenant": key.tenant,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "used_at": key.used_at,
    }


def _duration(text: str | None) -> timedelta | None:
    from monitorgen.model.duration import parse_duration

    if text is None:
        return None
    seconds = parse_duration(text)
    if seconds is None:
        raise click.UsageError(f"`{text}` is no length of time: say 90d, 12h or 30m")
    return timedelta(seconds=seconds)  # durations end at 292 years
