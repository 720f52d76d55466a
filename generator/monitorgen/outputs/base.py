"""What an output is: a name, and a function from the lowered stack to files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from monitorgen.model.stack import Stack

__all__ = ["Each", "Output", "Rendered", "nothing"]

Rendered = Iterator[tuple[str, str]]
"""Files as (path below the build folder, text), made one by one: a large tree is never held whole."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Each(Generic[T]):
    """The part of an output that is made item by item, in any order and in more than one process."""

    items: Callable[[Stack], Sequence[T]]
    render: Callable[[Stack, T], Rendered]


@dataclass(frozen=True, slots=True)
class Output:
    """One output. Its functions are pure: same stack, same text; they read only the package's files."""

    name: str
    title: str
    whole: Callable[[Stack], Rendered]
    """The files about the stack as a whole."""
    each: "Each[Any] | None" = None
    """The files of one service, or of one of whatever else there may be thousands of."""

    def render(self, stack: Stack) -> Rendered:
        """Every file of this output."""
        yield from self.whole(stack)
        if self.each is not None:
            for item in self.each.items(stack):
                yield from self.each.render(stack, item)


def nothing(stack: Stack) -> Rendered:  # noqa: ARG001 - the signature of `whole`
    """No files: for an output that has only those of its items."""
    return iter(())
