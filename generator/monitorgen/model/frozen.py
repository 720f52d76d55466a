"""What the small values are made of, of which a build makes hundreds of thousands."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

__all__ = ["frozen"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[T]) -> type[T]:
    """`cls` as a slotted, hashable dataclass that the type checker keeps frozen.

    Freezing at run time would make every instance cost four times as much, since each field is then set
    through a call; so here nothing but mypy stands in the way of changing one.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
