"""The codes of everything that can be wrong with files and with how they merge."""

from monitorgen.model.diagnostic import Code
from monitorgen.source import faults, merge, named, overlay, reader, tree

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    *reader.CODES,
    *faults.CODES,
    *tree.CODES,
    *merge.CODES,
    *named.CODES,
    *overlay.CODES,
)
