"""What tests do with a log that has anchors beside it."""

import sys
from pathlib import Path

from monitorgen_exporters.audit.anchors.base import Sighting
from monitorgen_exporters.audit.anchors.git import GitAnchor
from tests.audit.people.logs import Place, entry

__all__ = ["PROGRAM", "grow", "remote_sizes"]

PROGRAM = Path(sys.executable).with_name("monitorgen")


def grow(place: Place, count: int) -> None:
    """Adds records and seals them."""
    place.fill([entry("alert.firing", number=number) for number in range(count)])
    sealed = place.run("checkpoint", "issue")
    assert sealed.exit_code == 0, sealed.output


def remote_sizes(place: Place) -> list[int]:
    """What the git remote holds."""
    anchor = GitAnchor("git", place.settings["anchors"]["git"]["repository"], "audit-checkpoints")
    return [one.size for one in anchor.recorded() if isinstance(one, Sighting)]
