"""What a framework asks of logging, control by control."""

from dataclasses import dataclass

__all__ = ["Control", "Framework"]


@dataclass(frozen=True, slots=True)
class Control:
    """One control: what a log of this kind gives as evidence, and what nobody may conclude from it.

    `types` are the types or categories of records that count as evidence; empty where the log itself is.
    """

    id: str
    title: str
    gives: str
    lacks: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """A law or standard, with the controls that logging serves. `beyond` is what it asks and no log gives."""

    key: str
    name: str
    source: str
    retention: str
    controls: tuple[Control, ...]
    beyond: str
