"""How the tables of keys are written: what stands behind a key of a server's configuration.

The tables follow the configuration pages of Prometheus, Alertmanager and Grafana, and the tests ask promtool
and amtool of both ends for every key. Which versions know a key is in `model.versions`; what all know stands
in the tables alone. What is `ANYTHING` is left to the servers' own programs: inventories of clouds, and
channels that the spec has no word for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

__all__ = ["ANY_LIST", "STEPS", "TEXTS", "TEXT_MAP", "Kind", "ListOf", "MapOf", "Shape", "Table", "each"]


class Kind(Enum):
    """What a single value must be."""

    ANYTHING = auto()
    TEXT = auto()
    """Any scalar: the servers take a number for its text."""
    BOOLEAN = auto()
    COUNT = auto()
    """A whole number, not negative."""
    NUMBER = auto()
    DURATION = auto()
    """As Prometheus writes it: `1h30m`, or 0."""
    GO_DURATION = auto()
    """As Go writes it: `1h30m`, `1.5s`, no days."""
    SIZE = auto()
    """Bytes with their unit: `10MB`."""
    STEP = auto()
    """A relabelling step."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of what is like `item`."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with keys of the user's own, to what is like `item`."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with these keys and no others; `path` is where it stands in FIELDS of `model.versions`."""

    path: str
    keys: Mapping[str, "Shape"]


Shape: TypeAlias = Kind | ListOf | MapOf | Table


def each(shape: Shape, names: str) -> dict[str, Shape]:
    """The same shape for each of the names, which stand between blanks."""
    return dict.fromkeys(names.split(), shape)


TEXTS: Final = ListOf(Kind.TEXT)
TEXT_MAP: Final = MapOf(Kind.TEXT)
ANY_LIST: Final = ListOf(Kind.ANYTHING)
STEPS: Final = ListOf(Kind.STEP)
