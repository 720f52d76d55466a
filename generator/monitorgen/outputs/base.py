"""What an output is: a name, and a function from the lowered stack to files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitorgen.model.stack import Stack

__all__ = ["Output", "Rendered"]

Rendered = Iterator[tuple[str, str]]
"""Files as (path below the build folder, text), made one by one: a large tree is never held whole."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output. `render` is pure: same stack, same text; it reads nothing but the package's own files."""

    name: str
    title: str
    render: Callable[[Stack], Rendered]
