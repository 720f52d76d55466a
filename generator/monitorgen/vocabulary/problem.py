"""What a kind reports about itself when it is given its meaning; the caller knows the place."""

from dataclasses import dataclass

from monitorgen.model.diagnostic import Code

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be expressed or makes no sense: the code, the field it is about, and the mend."""

    code: Code
    field: str
    message: str
    hint: str = ""
