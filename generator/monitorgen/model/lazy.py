"""A sequence whose items are made when somebody asks for them."""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

__all__ = ["Lazy"]

T = TypeVar("T")


class Lazy(Sequence[T]):
    """What `makers` make, each item made anew whenever it is asked for and kept by nobody.

    A thousand dashboards need not exist at once to be written one after the other, and whoever wants every
    second one does not pay for the others. A maker has to make the same each time.
    """

    def __init__(self, makers: Sequence[Callable[[], T]]) -> None:
        self._makers = makers

    def __len__(self) -> int:
        return len(self._makers)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> "Lazy[T]": ...

    def __getitem__(self, index: int | slice) -> "T | Lazy[T]":
        """The item, or the sequence of those in a slice, none of them made yet."""
        if isinstance(index, slice):
            return Lazy(self._makers[index])
        return self._makers[index]()
