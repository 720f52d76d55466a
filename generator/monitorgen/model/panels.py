"""Dashboards, before any dashboard format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Dashboard", "Graph", "Link", "Panel", "Query", "Row"]


@dataclass(frozen=True, slots=True)
class Graph:
    """How a condition looks on a panel: what to draw, the line it must not cross, and on which side.

    `unit` is one of the spec's units (`percent`, `ratio`, `seconds`, `bytes`, ...) or empty.
    """

    expr: str
    threshold: float | None = None
    side: Literal["above", "below", ""] = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link to something outside, or with `uid` to another dashboard of the tree."""

    title: str
    url: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query of a panel. `instant` asks for the newest value alone."""

    expr: str
    legend: str = ""
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `width` is in 24ths of the dashboard's width, `height` in Grafana's grid rows."""

    title: str
    kind: Literal["timeseries", "stat", "table", "text", "alerts"]
    queries: tuple[Query, ...] = ()
    description: str = ""
    unit: str = ""
    threshold: float | None = None
    side: Literal["above", "below", ""] = ""
    links: tuple[Link, ...] = ()
    text: str = ""
    width: int = 12
    height: int = 8
    mappings: tuple[tuple[str, str, str], ...] = ()
    """(value, text, colour) for panels that name their states."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A titled run of panels."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard; `uid` never changes while the names in the spec do not. `folder` is where it is shown."""

    uid: str
    title: str
    folder: str
    file: str
    rows: tuple[Row, ...]
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    description: str = ""
