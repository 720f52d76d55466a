"""The kinds of effects. A new one is a module beside this and a line here."""

from typing import Final

from monitorgen_exporters.receiver.effects import command, http
from monitorgen_exporters.receiver.effects.kind import Kind

__all__ = ["KINDS"]

KINDS: Final[tuple[Kind, ...]] = (http.KIND, command.KIND)
