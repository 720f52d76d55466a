"""`monitorgen receiver check`: whether a receiver with these settings could run here."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitorgen_exporters.receiver.cli import options

if TYPE_CHECKING:
    from monitorgen_exporters.receiver.config import Settings

__all__ = ["command"]


@click.command("check")
@options.config_file
def command(config: Path) -> None:
    """Check settings, secrets, certificate and database, without listening or changing anything.

    \b
    Example:
      monitorgen receiver check --config build/receiver/receiver.yml

    \b
    Exit codes:
      0   a receiver could run here
      1   something is missing; each thing is named
      2   the command line is wrong
      4   the settings cannot be read
    """
    settings = options.settings_from(config)
    missing = _missing(settings)
    for what in missing:
        click.echo(f"missing: {what}")
    if missing:
        raise click.exceptions.Exit(1)
    click.echo(
        f"ready to listen at {settings.listen}; sources: {len(settings.sources)}, notifications: "
        f"{len(settings.notifications)}, actions: {len(settings.actions)}"
    )


def _missing(settings: "Settings") -> list[str]:
    from monitorgen_exporters.audit.keyfile import KeyFileError
    from monitorgen_exporters.audit.opening import signing_key
    from monitorgen_exporters.receiver.access.binding import OpenBind, refuse_open_bind
    from monitorgen_exporters.receiver.access.webhook import Webhook

    webhook = Webhook(settings.sources)
    webhook.identify([])  # reads the secrets
    found = [f"the credentials of source {name}: {fault}" for name, fault in webhook.faults.items()]
    try:
        signing_key(settings.audit)
    except KeyFileError as problem:
        found.append(f"the key of the audit log: {problem}")
    found += _certificate(settings)
    any_key = _database(settings, found)
    try:
        refuse_open_bind(settings, any_key=any_key)
    except OpenBind as problem:
        found.append(str(problem))
    return found


def _certificate(settings: "Settings") -> list[str]:
    from monitorgen_exporters.receiver.web.certificate import certificate_fault

    fault = "" if settings.tls is None else certificate_fault(settings.tls)
    return [fault] if fault else []


def _database(settings: "Settings", found: list[str]) -> bool:
    """Whether an API key was made; what is wrong with the database is added to `found`."""
    from monitorgen_exporters.audit.store import open_store
    from monitorgen_exporters.audit.store.errors import NotALog, NotFound, StoreError
    from monitorgen_exporters.receiver.access.key_rows import read_keys

    try:
        with open_store(settings.audit.log, readonly=True) as store:
            there = bool(store.query("SELECT 1 FROM receiver_state"))
            return there and bool(read_keys(store))
    except (NotFound, NotALog):
        return False  # the first start makes it
    except StoreError as problem:
        if "receiver_state" not in str(problem):
            found.append(f"the database: {problem}")
        return False
