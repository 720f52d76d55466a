"""From the options of a verb to whom it believes."""

from pathlib import Path

import click

from monitorgen_exporters.audit.cli.options import Unreadable
from monitorgen_exporters.audit.trust import Trust, TrustError, load_trust

__all__ = ["believed"]


def believed(trust: Path | None, configured: str | None) -> Trust:
    """The trust file that the command line names, else the settings; ends the verb without one."""
    place = trust or (Path(configured) if configured else None)
    if place is None:
        raise click.UsageError("say whom to believe: --trust FILE, or --config with `audit.trust`")
    try:
        return load_trust(place)
    except TrustError as fault:
        raise Unreadable("\n".join(fault.faults)) from None
