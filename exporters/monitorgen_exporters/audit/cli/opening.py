"""From the options of a verb to its settings and to the log."""

import getpass
from pathlib import Path

import click

from monitorgen_exporters.audit.cli.options import Unreadable
from monitorgen_exporters.audit.config import ConfigError, Settings, load_settings
from monitorgen_exporters.audit.filters import Filters
from monitorgen_exporters.audit.store import Store, open_store

__all__ = ["filters_of", "log_place", "open_readonly", "operator", "settings_from"]


def settings_from(config: Path | None) -> Settings | None:
    """The settings in the file, None without one; what is wrong with it ends the verb."""
    if config is None:
        return None
    try:
        return load_settings(config)
    except ConfigError as fault:
        raise Unreadable(str(fault)) from None
    except OSError as error:
        raise Unreadable(f"{config}: {error.strerror}") from None


def log_place(log: str | None, settings: Settings | None) -> str:
    """Where the log is: what the command line says, else the settings."""
    if log:
        return log
    if settings is None:
        raise click.UsageError("say where the log is: --log PATH, or --config FILE")
    return settings.log


def open_readonly(log: str | None, settings: Settings | None) -> Store:
    """The log's store, which nothing can change through."""
    return open_store(log_place(log, settings), readonly=True)


def filters_of(settings: Settings | None) -> Filters:
    """What the settings filter; without settings, nothing."""
    return Filters() if settings is None else Filters(settings.filters, tuple(settings.severities))


def operator(said: str | None) -> str:
    """Who runs the verb: what `--operator` says, else the user of this process."""
    if said:
        return said if ":" in said else f"user:{said}"
    try:
        return f"user:{getpass.getuser()}"
    except (KeyError, OSError):
        raise click.UsageError("this process has no user name: say --operator NAME") from None
