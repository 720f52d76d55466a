"""`monitorgen version`."""

import platform
from importlib.metadata import version

import click

__all__ = ["command"]


@click.command("version")
def command() -> None:
    """Print the version of monitorgen and of the Python it runs on.

    \b
    Examples:
      monitorgen version
    """
    click.echo(f"monitorgen {version('monitorgen')} (Python {platform.python_version()})")
