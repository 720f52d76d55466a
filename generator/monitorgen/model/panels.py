"""Dashboards, before any dashboard format."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from monitorgen.model.frozen import frozen

__all__ = ["Column", "Dashboard", "Graph", "Link", "Panel", "Query", "Row"]


@frozen
class Graph:
    """How a condition looks on a panel: what to draw, the line it must not cross, and on which side.

    `unit` is one of the spec's units (`percent`, `ratio`, `seconds`, `bytes`, ...) or empty.
    """

    expr: str
    threshold: float | None = None
    side: Literal["above", "below", ""] = ""
    unit: str = ""


@frozen
class Link:
    """A link to something outside, or with `uid` to another dashboard of the tree.

    `text` is what a panel of kind `links` says beside it.
    """

    title: str
    url: str = ""
    uid: str = ""
    text: str = ""


@frozen
class Query:
    """One PromQL query of a panel. `instant` asks for the newest value alone."""

    expr: str
    legend: str = ""
    instant: bool = False


@frozen
class Column:
    """One column of a table: the label it shows, and its heading.

    With `tag`, a click on a value leads to the dashboards that carry the tag `<tag><value>`.
    """

    label: str
    title: str
    tag: str = ""


@frozen
class Panel:
    """One panel. `width` is in 24ths of the dashboard's width, `height` in Grafana's grid rows.

    `states` is a timeline of named states, `table` has a row for every series of its queries, `text` shows
    the Markdown in `text`, `links` lists `links` (every other kind offers them in its header).
    """

    title: str
    kind: Literal["timeseries", "stat", "states", "table", "text", "links"]
    queries: tuple[Query, ...] = ()
    description: str = ""
    unit: str = ""
    threshold: float | None = None
    side: Literal["above", "below", ""] = ""
    """Which side of the threshold is the bad one; empty for neither."""
    bounds: tuple[float, float] | None = None
    """The least and the greatest value there can be, where that is known."""
    links: tuple[Link, ...] = ()
    text: str = ""
    width: int = 12
    height: int = 8
    mappings: tuple[tuple[str, str, str], ...] = ()
    """(value, text, colour) for panels that name their states."""
    columns: tuple[Column, ...] = ()
    """What a table shows, in order."""
    key: str = ""
    """What the panel is known by for ever, whatever its title becomes; without it, the title."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Row:
    """A titled run of panels."""

    title: str
    panels: tuple[Panel, ...]


@frozen
class Dashboard:
    """One dashboard; `uid` only changes with the names in the spec. `folder` is where it is shown."""

    uid: str
    title: str
    folder: str
    file: str
    rows: tuple[Row, ...]
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    description: str = ""
