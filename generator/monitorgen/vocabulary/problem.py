"""What a kind reports about itself when it is given its meaning; the caller knows the place."""

from monitorgen.model.diagnostic import Code
from monitorgen.model.frozen import frozen

__all__ = ["Problem"]


@frozen
class Problem:
    """Something that cannot be expressed or makes no sense: the code, the field it is about, and the mend."""

    code: Code
    field: str
    message: str
    hint: str = ""
